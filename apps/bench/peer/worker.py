"""A worker of the bench in PyTorch: one request a line on standard input, one response a line on standard output."""

import json
import os
import resource
import sys
import traceback

import torch

from cases import CASES
from measure import compiled, checksums, measure
from safetensors import read


def peak_rss():
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: bytes
    return kilobytes * (1 if sys.platform == "darwin" else 1024)


def measure_case(request):
    torch.set_num_threads(request["threads"])
    baseline = peak_rss()
    subject = CASES[request["case"]](read(request["file"]), request)
    if request["compile"]:
        subject = compiled(subject)
    times = measure(subject, request["mode"], request["budget"])
    peak = peak_rss()
    subject.reload()  # training has moved the weights
    return {
        **times,
        "rss": {"baseline": baseline, "peak": peak},
        "params": sum(leaf.tensor.numel() for leaf in subject.params.values()),
        "checksums": checksums(subject, request["mode"]),
        "threads": torch.get_num_threads(),
        "version": torch.__version__,
        "waiting": waiting(),
    }


def waiting():
    """What threads of OpenMP do that wait for work: the environment decides."""
    names = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
    given = [f"{name}={os.environ[name]}" for name in names if name in os.environ]
    return f"follow {' '.join(given)}" if given else "spin, then sleep (OpenMP's default)"


def respond(line):
    try:
        return {"ok": True, "value": measure_case(json.loads(line))}
    except Exception as error:
        traceback.print_exc()
        return {"ok": False, "message": f"{type(error).__name__}: {error}"}


def main():
    responses = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what else is printed is no response
    for line in sys.stdin:
        print(json.dumps(respond(line)), file=responses, flush=True)


if __name__ == "__main__":
    main()
