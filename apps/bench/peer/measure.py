"""The steps of `src/worker/steps.ts`, timed and cut at the same places, and the checksums of `src/worker/checksum.ts`."""

from time import perf_counter

import torch

from subject import as_fovea


def compiled(subject):
    return subject.with_calls(torch.compile)


def measure(subject, mode, budget):
    """The first step apart, one to warm up, then as many as the budget asks for. Milliseconds."""
    step = infer_step(subject) if mode == "infer" else train_step(subject)
    first = sum(step())
    step()
    parts = []
    while len(parts) < budget["steps"] or sum(map(sum, parts)) < budget["time"]:
        parts.append(step())
    forward, backward, optimizer = zip(*parts)
    samples = {"step": [sum(part) for part in parts], "forward": forward, "backward": backward, "optimizer": optimizer}
    return {"first": first, "samples": samples}


def now():
    return 1000 * perf_counter()


def infer_step(subject):
    if subject.module:
        subject.module.eval()

    def step():
        start = now()
        with torch.inference_mode():
            subject.forward()
        return now() - start, 0, 0

    return step


def train_step(subject):
    params = [leaf.tensor for leaf in subject.params.values()]
    optimizer = torch.optim.SGD(params, lr=1e-4, momentum=0.9) if params else None
    if subject.module:
        subject.module.train()

    def step():
        forget_gradients(subject)
        start = now()
        loss = subject.loss()
        loss.item()
        loss_at = now()
        loss.backward()
        gradients_at = now()
        if optimizer:
            optimizer.step()
        return loss_at - start, gradients_at - loss_at, now() - gradients_at

    return step


def forget_gradients(subject):
    for leaf in (subject.params | subject.inputs).values():
        leaf.tensor.grad = None


def checksums(subject, mode):
    """The checksums of the output, or of the loss and every gradient."""
    if mode == "infer":
        with torch.inference_mode():
            return [checksum("output", as_fovea(subject.forward(), subject.output_axes))]
    forget_gradients(subject)
    loss = subject.loss()
    loss.backward()
    leaves = (subject.params | subject.inputs).items()
    reached = [(name, leaf) for name, leaf in leaves if leaf.tensor.grad is not None]
    gradients = [checksum(name, as_fovea(leaf.tensor.grad, leaf.axes)) for name, leaf in reached]
    return [checksum("loss", loss.detach()), *gradients]


def checksum(name, tensor):
    x = tensor.reshape(-1).double()
    bits = torch.arange(1, len(x) + 1) * 0x9E3779B1
    signs = torch.where(bits & 0x80000000 != 0, -1.0, 1.0).double()
    return {"name": name, "projection": (x * signs).sum().item(), "norm": x.norm().item()}
