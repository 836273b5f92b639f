"""A peer of the bench in PyTorch: one question a line on standard input, one answer a line on standard output."""

import json
import os
import resource
import sys
import traceback

import torch

from cases import CASES
from measure import compiled, digests, measure
from safetensors import read


def peak_rss():
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: bytes
    return kilobytes * (1 if sys.platform == "darwin" else 1024)


def observe(question):
    torch.set_num_threads(question["threads"])
    baseline = peak_rss()
    subject = CASES[question["case"]](read(question["file"]), question)
    if question["compile"]:
        subject = compiled(subject)
    times = measure(subject, question["mode"], question["budget"])
    peak = peak_rss()
    subject.reload()  # training has moved the weights
    return {
        **times,
        "rss": {"baseline": baseline, "peak": peak},
        "params": sum(leaf.tensor.numel() for leaf in subject.params.values()),
        "digest": digests(subject, question["mode"]),
        "threads": torch.get_num_threads(),
        "version": torch.__version__,
    }


def answer(line):
    try:
        return {"ok": True, "value": observe(json.loads(line))}
    except Exception as error:
        traceback.print_exc()
        return {"ok": False, "message": f"{type(error).__name__}: {error}"}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else prints does not answer
    for line in sys.stdin:
        print(json.dumps(answer(line)), file=answers, flush=True)


if __name__ == "__main__":
    main()
