#!/usr/bin/python3
"""Writes cases for net_parity: make_cases.py FOLDER CASE...; without CASE it prints their names.

A case is a folder with weights.safetensors, made by script/convert-fsgan-checkpoint.py from a checkpoint of the
official structure, and data.safetensors: `input` and `output.N` of the network in torch.nn."""

import importlib.util
import os
import sys
import zlib

import torch

import reference_networks as nets

CONVERTER = os.path.join(os.path.dirname(__file__), '../../script/convert-fsgan-checkpoint.py')


def ms_res_unet(name, channels, ngf, side, flat=(2, 2, 2, 2), out=(3,), version=2, levels=2):
    arch = '%s.MultiScaleResUNet(in_nc=%d,out_nc=%s,flat_layers=%s,ngf=%d)' % (
        'fsgan.models.res_unet' + ('' if len(out) == 1 else '_split'), channels,
        out[0] if len(out) == 1 else repr(out).replace(' ', ''), repr(flat).replace(' ', ''), ngf)
    return name, lambda: nets.MsResUnet(channels, ngf, flat, out, version), arch, channels, side, levels


def plain(name, make, side, levels=1, arch=None):
    return name, make, arch, 3, side, levels


def cases_at(ngf, side):
    """Every architecture at a width; `ngf` 16 is the base of all."""
    factor = ngf // 16
    return [
        ms_res_unet('gr68-%d' % ngf, 71, ngf, side),
        ms_res_unet('gr98-split-%d' % ngf, 101, ngf, side, out=(3, 3)),
        ms_res_unet('gr-v1-%d' % ngf, 71, ngf, side, (2, 0, 2, 3), (3, 3), version=1),
        ms_res_unet('gc-%d' % ngf, 4, ngf, side),
        ms_res_unet('gb-v1-%d' % ngf, 7, ngf, side, (1, 0, 1, 1), version=1),
        ms_res_unet('gb-base-%d' % ngf, 7, ngf, side, levels=1),
        plain('seg-%d' % ngf, lambda: nets.SegUnet(8 * factor), side, arch='fsgan.models.simple_unet_02.UNet('
              'num_classes=3,feature_scale=%d)' % (8 // factor)),
        plain('patchgan-%d' % ngf, lambda: nets.PatchDiscriminators(8 * factor), side, levels=2),
        plain('hopenet-%d' % ngf, lambda: nets.Hopenet(8 * factor), side),
        plain('vgg19-%d' % ngf, lambda: nets.Vgg19(8 * factor, 10, False, side), side),
        plain('vgg19-bn-%d' % ngf, lambda: nets.Vgg19(8 * factor, 10, True, side), side),
    ]


FULL = ('gr68', 'gr-v1', 'seg', 'patchgan', 'hopenet', 'vgg19-bn')  # the others share their structure with these
CASES = {case[0]: case for case in cases_at(16, 64) +
         [case for case in cases_at(128, 64) if case[0][:-len('-128')] in FULL]}


def checkpoint_of(net, arch, side):
    checkpoint = {'resolution': side, 'epoch': 3, 'state_dict': net.state_dict(), 'optimizer': {'state': {}},
                  'best_loss_%d' % side: 0.25}
    return checkpoint if arch is None else {**checkpoint, 'arch': arch}


def load_converter():
    spec = importlib.util.spec_from_file_location('converter', CONVERTER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_case(folder, name, make, arch, channels, side, levels):
    torch.manual_seed(zlib.crc32(name.encode()))
    net = nets.randomise(make())
    image = torch.rand(2, channels, side, side) * 2 - 1
    with torch.no_grad():
        outputs = net(nets.pyramid(image, levels))
    os.makedirs(folder)
    checkpoint = os.path.join(folder, 'checkpoint.pth')
    # The first version's checkpoints are of the older file format.
    torch.save(checkpoint_of(net, arch, side), checkpoint, _use_new_zipfile_serialization='v1' not in name)
    converter = load_converter()
    converter.main([checkpoint, os.path.join(folder, 'weights.safetensors')])
    os.remove(checkpoint)
    data = {'output.%d' % i: output for i, output in enumerate(outputs)}
    data.update({'input': image, 'levels': torch.tensor([float(levels)])})
    converter.write_safetensors(os.path.join(folder, 'data.safetensors'),
                                {name: tensor.numpy() for name, tensor in data.items()})


def main():
    if len(sys.argv) < 3:
        print('\n'.join(CASES))
        return
    for name in sys.argv[2:]:
        write_case(os.path.join(sys.argv[1], name), *CASES[name])


if __name__ == '__main__':
    main()
