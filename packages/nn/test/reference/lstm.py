# Prints lstm.json, which lstm.test.ts compares with: what torch.nn.LSTM computes for sequences of several lengths.
# Made with torch 2.13.0 on CPU:  python lstm.py > lstm.json
import json
import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
IN, HIDDEN, LENGTHS = 3, 5, [4, 0, 1, 7, 6]

lstm = torch.nn.LSTM(IN, HIDDEN, batch_first=True)
with torch.no_grad():  # larger than PyTorch's own, so that the gates leave their linear part
    for weight in lstm.parameters():
        weight.copy_(torch.randn(weight.shape).round(decimals=3))
x = torch.randn(len(LENGTHS), max(LENGTHS), IN).round(decimals=3).requires_grad_()

last = torch.zeros(len(LENGTHS), HIDDEN)  # stays 0 for a sequence without steps, which PyTorch refuses
outputs = []
for sample, length in enumerate(LENGTHS):
    if length == 0:
        outputs.append([])
        continue
    states, (h, _) = lstm(x[sample : sample + 1, :length])
    last[sample] = h[0, 0]
    outputs.append(states[0].tolist())

(torch.arange(1.0, HIDDEN + 1) * last**2).sum().backward()
print(
    json.dumps(
        {
            "lengths": LENGTHS,
            "weights": {name: weight.tolist() for name, weight in lstm.named_parameters()},
            "x": x.tolist(),
            "outputs": outputs,  # of each sequence, without padding
            "last": last.tolist(),
            # of sum((i + 1) * last_i^2)
            "gradients": {name: weight.grad.tolist() for name, weight in lstm.named_parameters()},
            "xGradient": x.grad.tolist(),
        }
    )
)
