"""Native PyTorch, one thread: nn.LSTM, the last step, nn.Linear. Speaks as serve.ts does. Argument: task file.

bias_hh stays zero and untrained, since the task has one bias.
"""

import base64
import json
import sys
import time

import numpy
import torch
from torch import nn

torch.set_num_threads(1)
task = json.load(open(sys.argv[1]))
sizes = task["sizes"]
H, O = sizes["hiddenSize"], sizes["classes"]


def array(text, dtype, *shape):
    values = numpy.frombuffer(base64.b64decode(text), dtype=dtype).copy()
    return torch.from_numpy(values).reshape(shape)


def weight(name, *shape):
    return array(task["weights"][name], numpy.float32, *shape)


lstm = nn.LSTM(sizes["inputSize"], H, batch_first=True)
head = nn.Linear(H, O)
with torch.no_grad():
    lstm.weight_ih_l0.copy_(weight("weight_ih", 4 * H, -1))
    lstm.weight_hh_l0.copy_(weight("weight_hh", 4 * H, H))
    lstm.bias_ih_l0.copy_(weight("bias", 4 * H))
    lstm.bias_hh_l0.zero_()
    head.weight.copy_(weight("head", O, H))
    head.bias.copy_(weight("headBias", O))
lstm.bias_hh_l0.requires_grad_(False)

inputs = array(task["inputs"], numpy.float32, sizes["batchSize"], sizes["steps"], -1)
targets = array(task["targets"], numpy.int32, -1).long()
parameters = [p for module in (lstm, head) for p in module.parameters() if p.requires_grad]
optimizer = torch.optim.Adam(parameters, lr=sizes["learningRate"])
loss_of = nn.CrossEntropyLoss()


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of(head(lstm(inputs)[0][:, -1]), targets)
    loss.backward()
    nn.utils.clip_grad_norm_(parameters, sizes["clipNorm"])
    optimizer.step()
    return loss.item()


def answer(message):
    print(json.dumps(message), flush=True)


def clock():
    """Milliseconds, less those that this thread waited for a core (as lib/clock.ts)."""
    try:
        with open("/proc/self/schedstat") as file:
            waited = int(file.read().split()[1]) / 1e6
    except OSError:
        waited = 0.0
    return time.perf_counter() * 1e3 - waited


begin = clock()
losses = [step()]
first = clock() - begin
losses += [step() for _ in range(4)]
answer({"losses": losses, "first": first})

for line in sys.stdin:
    milliseconds = json.loads(line)["milliseconds"]
    begin, count = clock(), 0
    end = time.perf_counter() + milliseconds / 1e3
    while time.perf_counter() < end or count == 0:
        step()
        count += 1
    answer({"milliseconds": (clock() - begin) / count})
