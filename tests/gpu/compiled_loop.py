"""The swap loop of gpu_bench as a careful PyTorch user would speed it up: compiled_loop.py DEVICE JSON [--quick].

The same layers on random weights, batch norm folded into the convolutions, bfloat16, channels-last, torch.compile; three
views of all frames as one batch. Frames a second go into the row "compiled-bfloat16"; where it cannot run, the row says why."""

import os
import sys
import time

from figure_rows import Rows

VIEWS = 3
LANDMARKS = 68


def folded(module, nn, fuse):
    """Every convolution that a batch norm follows becomes one convolution."""
    for child in module.children():
        folded(child, nn, fuse)
    if isinstance(module, nn.Sequential):
        for i in range(len(module) - 1):
            if isinstance(module[i], nn.Conv2d) and isinstance(module[i + 1], nn.BatchNorm2d):
                module[i] = fuse(module[i], module[i + 1])
                module[i + 1] = nn.Identity()
    return module


def landmark_maps(torch, points, side):
    centres = (torch.arange(side, device=points.device) + 0.5) / side
    x = (centres - points[:, :, 0, None])[:, :, None, :]
    y = (centres - points[:, :, 1, None])[:, :, :, None]
    near = 1 - (x * x + y * y).sqrt() / 2**0.5
    return ((near.clamp(min=0)**8 - 0.8) / 0.2).clamp(min=0)


def make_loop(torch, nets, device, ngf, side, frames):
    from torch.nn.utils.fusion import fuse_conv_bn_eval

    def prepared(net):
        net = folded(nets.randomise(net), torch.nn, fuse_conv_bn_eval)
        net = net.to(device, torch.bfloat16, memory_format=torch.channels_last)
        return torch.compile(net)

    g_r = prepared(nets.MsResUnet(3 + LANDMARKS, ngf, (2, 2, 2, 2)))
    g_s = prepared(nets.SegUnet(ngf // 2))
    g_c = prepared(nets.MsResUnet(4, ngf, (2, 2, 2, 2)))
    g_b = prepared(nets.MsResUnet(7, ngf, (2, 2, 2, 2)))

    def picture(*shape):
        return torch.rand(*shape, device=device).mul(2).sub(1)

    views, target = picture(frames * VIEWS, 3, side, side), picture(frames, 3, side, side)
    points = torch.rand(frames, LANDMARKS, 2, device=device)

    def last(levels):
        return [x.to(torch.bfloat16, memory_format=torch.channels_last) for x in levels]

    def face_mask(images):
        return g_s(last([images]))[0].float().softmax(1)[:, 1:2]

    def run():
        target_mask = face_mask(target)
        maps = [landmark_maps(torch, points, side >> level).repeat_interleave(VIEWS, 0) for level in range(2)]
        seen = [torch.cat(pair, 1) for pair in zip(nets.pyramid(views, 2), maps)]
        painted = g_r(last(seen))[0].float().view(frames, VIEWS, 3, side, side).mean(1)
        mask = face_mask(painted)
        face = painted * mask - (1 - mask)
        completed = g_c(last(nets.pyramid(torch.cat([face, target_mask], 1), 2)))[0].float()
        transfer = completed * target_mask + target * (1 - target_mask)
        blended = g_b(last(nets.pyramid(torch.cat([transfer, target, target_mask], 1), 2)))[0].float()
        return blended * target_mask + target * (1 - target_mask)

    return run


def frames_per_second(torch, run, device, frames, seconds):
    def wait():
        if device.type == 'cuda':
            torch.cuda.synchronize()

    for _ in range(3):
        assert run().isfinite().all()
    wait()
    start, calls = time.perf_counter(), 0
    while calls == 0 or time.perf_counter() - start < seconds:
        run()
        wait()
        calls += 1
    return frames * calls / (time.perf_counter() - start)


def main():
    quick = '--quick' in sys.argv
    device_name, path = [word for word in sys.argv[1:] if word != '--quick']
    rows = Rows(path, device_name)
    frames = 3 if quick else 32
    name = 'compiled-bfloat16/batch:%d' % frames
    try:
        import torch
        rows.document['torch'] = torch.__version__
        if not hasattr(torch, 'compile'):
            raise RuntimeError('PyTorch %s has no torch.compile' % torch.__version__)
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '../parity'))
        import reference_networks as nets
        device = torch.device(device_name)
        torch.backends.cudnn.benchmark = True
        with torch.no_grad():
            run = make_loop(torch, nets, device, 8 if quick else 128, 64 if quick else 256, frames)
            rate = frames_per_second(torch, run, device, frames, 0 if quick else 3)
        rows.add(name, rate, 'frames/s', 'folded batch norm and torch.compile; expected 110-150')
    except Exception as error:  # no PyTorch, no compiler for it, not enough memory
        rows.add(name, None, 'frames/s', 'skipped: ' + (str(error) or repr(error)).splitlines()[0])
    rows.write()


if __name__ == '__main__':
    main()
