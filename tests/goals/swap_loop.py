"""The networks of a swap in PyTorch eager, as the rival of goal P1: swap_loop.py FOLDER SIDE FRAMES VIEWS DEVICE.

Reads {gr,gs,gc,gb}.safetensors and {views,landmarks,frames,mask}.f32 from FOLDER. Answers each line on standard input:
"run" with the seconds of one pass over all four networks (CPU seconds of this process, on CUDA seconds between
synchronisations), "save" by writing what they gave to {gr,gs,gc,gb}.f32."""

import json
import os
import resource
import struct
import sys
import time

import numpy
import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../parity'))
import reference_networks as nets  # noqa: E402


def load(folder, name, device):
    """A network from its file; width and channels follow from the tensors."""
    with open(os.path.join(folder, name + '.safetensors'), 'rb') as file:
        header = json.loads(file.read(struct.unpack('<Q', file.read(8))[0]))
        data = file.read()
    header.pop('__metadata__', None)
    state = {}
    for key, entry in header.items():
        first, last = entry['data_offsets']
        state[key] = torch.from_numpy(numpy.frombuffer(data[first:last], '<f4').reshape(entry['shape']).copy())
    if name == 'gs':
        net = nets.SegUnet(state['conv1.conv1.0.weight'].shape[0])
    else:
        ngf, channels = state['enhancer1.in_conv.1.weight'].shape[:2]
        net = nets.MsResUnet(channels, ngf, (2, 2, 2, 2))
    missing, unknown = net.load_state_dict(state, strict=False)
    assert not unknown and all(key.endswith('num_batches_tracked') for key in missing), (missing, unknown)
    return net.eval().to(device)


def landmark_maps(points, side):
    centres = (torch.arange(side, device=points.device) + 0.5) / side
    x = (centres - points[:, :, 0, None])[:, :, None, :]
    y = (centres - points[:, :, 1, None])[:, :, :, None]
    near = 1 - (x * x + y * y).sqrt() / 2**0.5
    return ((near.clamp(min=0)**8 - 0.8) / 0.2).clamp(min=0)


class SwapLoop:
    def __init__(self, folder, side, frames, views, device):
        self.device = device
        self.nets = {name: load(folder, name, device) for name in ('gr', 'gs', 'gc', 'gb')}

        def read(name, *shape):
            return torch.from_numpy(numpy.fromfile(os.path.join(folder, name + '.f32'), '<f4')).view(*shape).to(device)
        self.views = read('views', frames, views, 3, side, side)
        self.landmarks = read('landmarks', frames, -1, 2)
        self.frames = read('frames', frames, 3, side, side)
        self.mask = read('mask', frames, 1, side, side)

    def run(self):
        """As the reference: one pass of G_r for each of a frame's views, all frames together."""
        maps = [landmark_maps(self.landmarks, self.frames.shape[3] >> level) for level in range(2)]
        made = []
        for view in range(self.views.shape[1]):
            levels = nets.pyramid(self.views[:, view], 2)
            made.append(self.nets['gr']([torch.cat(pair, 1) for pair in zip(levels, maps)])[0])
        return {'gr': torch.stack(made, 1), 'gs': self.nets['gs']([self.frames])[0],
                'gc': self.nets['gc'](nets.pyramid(torch.cat([self.frames, self.mask], 1), 2))[0],
                'gb': self.nets['gb'](nets.pyramid(torch.cat([self.frames, self.frames, self.mask], 1), 2))[0]}

    def seconds(self):
        if self.device.type == 'cuda':
            torch.cuda.synchronize()
            return time.perf_counter()
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime


def main():
    folder, side, frames, views, device = sys.argv[1:]
    torch.set_num_threads(1)
    loop = SwapLoop(folder, int(side), int(frames), int(views), torch.device(device))
    outputs = {}
    with torch.no_grad():
        for line in sys.stdin:
            if line.strip() == 'run':
                start = loop.seconds()
                outputs = loop.run()
                print('%.6f' % (loop.seconds() - start), flush=True)
            else:
                for name in loop.nets:
                    outputs[name].cpu().numpy().tofile(os.path.join(folder, name + '.f32'))
                print('saved', flush=True)


if __name__ == '__main__':
    main()
