# Prints one-cycle.json, which one-cycle.test.ts compares with: what PyTorch's optimizers do under OneCycleLR.
# Made with torch 2.13.0 on CPU:  python one_cycle.py > one-cycle.json
import json
import torch

torch.set_default_dtype(torch.float64)
START = [1.0, -2.0, 0.5, 3.0, -0.25]
STEPS = 24
CYCLE = dict(max_lr=0.1, total_steps=STEPS, pct_start=0.25, div_factor=10, final_div_factor=1000)


def run(make, cycle_momentum=True):
    """Down sum((i + 1) x^2 / 2 - x / 2), and what each step was told."""
    param = torch.tensor(START, requires_grad=True)
    optimizer = make([param])
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, cycle_momentum=cycle_momentum, **CYCLE)
    told = []
    for step in range(STEPS):
        group = optimizer.param_groups[0]
        told.append([group["lr"], group["momentum"] if "momentum" in group else group["betas"][0]])
        optimizer.zero_grad()
        (torch.arange(1.0, 6.0) * param**2 / 2 - param / 2).sum().backward()
        optimizer.step()
        if step + 1 < STEPS:
            schedule.step()
    return {"rates": [lr for lr, _ in told], "momenta": [m for _, m in told], "end": param.tolist()}


sgd = lambda **options: lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=5e-4, **options)
adamw = lambda params: torch.optim.AdamW(params, lr=0.1, weight_decay=0.01)
runs = {
    "sgd": run(sgd()),
    "sgd, nesterov": run(sgd(nesterov=True)),
    "sgd, momentum not cycled": run(sgd(), cycle_momentum=False),
    "adamW": run(adamw),
}
print(json.dumps(runs, indent=1))
