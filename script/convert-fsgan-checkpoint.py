#!/usr/bin/python3
"""Turns an official FSGAN checkpoint (.pth) into Changeling's safetensors with metadata.

Nothing in a checkpoint is executed: its pickle may name tensors and plain containers only, and its `arch`
expression is compared as text. The architecture is read from the tensors' names and shapes."""

import argparse
import hashlib
import json
import math
import os
import pickle
import re
import sys
import tarfile
import types
from collections import OrderedDict

STORAGES = ('Float', 'Double', 'Half', 'BFloat16', 'Long', 'Int', 'Short', 'Char', 'Byte', 'Bool')
ALLOWED = ({('collections', 'OrderedDict'), ('torch', 'Size'), ('torch._utils', '_rebuild_tensor_v2'),
            ('torch._utils', '_rebuild_parameter')} | {('torch', name + 'Storage') for name in STORAGES})
BLOCK = r'(\.submodule){0,2}'
PATTERNS = {  # what the names of an architecture look like, without weight, bias, running_mean, running_var
    'msresunet': r'(base|enhancer1)\.(in_conv\.[12]|out_conv[12]?\.1)'
                 r'|(base\.inner' + BLOCK + r'|enhancer1)\.((down|up)_block\.model\.[1256]'
                 r'|flat_block\.model\.\d+\.model\.[1256])',
    'seg_unet': r'(conv[1-4]|center)\.conv[12]\.[01]|up_concat[1-4]\.(conv1d|conv\.conv[12]\.0)|final',
    'patchgan': r'layer[01]\.(0|2|3|5|6|8|9|11)',
    'hopenet': r'conv1|bn1|layer[1-4]\.\d\.(conv[123]|bn[123]|downsample\.[01])|fc_(yaw|pitch|roll|finetune)',
    'vgg19': r'features\.\d+|classifier\.[036]',
}
SUFFIXES = r'\.(weight|bias|running_mean|running_var)'


class Refused(Exception):
    """Why a checkpoint is not converted, in one line."""


class Inert:
    """Stands for a NumPy scalar (a loss, say): takes anything, does nothing."""

    def __init__(self, *_args, **_kwargs):
        pass

    def __setstate__(self, _state):
        pass


class RestrictedUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) in ALLOWED:
            return super().find_class(module, name)
        if module.split('.')[0] == 'numpy' or (module, name) == ('_codecs', 'encode'):
            return Inert
        raise Refused("refers to '%s.%s'; only tensors and plain containers are read" % (module, name))


def restricted_pickle():
    module = types.ModuleType('restricted_pickle')
    module.Unpickler = RestrictedUnpickler
    module.load = lambda file, **options: RestrictedUnpickler(file, **options).load()
    return module


def check_magic(path):
    with open(path, 'rb') as file:
        start = file.read(512)
    if start.lstrip()[:1] == b'<':
        raise Refused('is a web page, not a checkpoint: download it again, signed in or by hand')
    if not start.startswith((b'PK\x03\x04', b'\x80')) or tarfile.is_tarfile(path):
        raise Refused('is not a PyTorch checkpoint')


def load_checkpoint(path):
    import torch  # here, so that --help and wrong files need no second
    check_magic(path)
    try:
        # The restricted unpickler does what weights_only does, and lets NumPy scalars pass as nothing.
        return torch.load(path, map_location='cpu', pickle_module=restricted_pickle(), weights_only=False)
    except Refused:
        raise
    except Exception as error:  # the libraries raise all kinds for damaged files
        text = (str(error) or type(error).__name__).splitlines()[0]
        raise Refused('is truncated or damaged: ' + text) from error


def state_dict_of(checkpoint):
    state = checkpoint.get('state_dict', checkpoint) if isinstance(checkpoint, dict) else None
    if not isinstance(state, dict) or not state:
        raise Refused("holds no 'state_dict'")
    if all(str(name).startswith('module.') for name in state):  # saved from DataParallel
        state = OrderedDict((name[len('module.'):], tensor) for name, tensor in state.items())
    return OrderedDict((name, tensor) for name, tensor in state.items()
                       if not str(name).endswith('num_batches_tracked'))


def find_architecture(state):
    """Name of the pattern that all tensors match."""
    best, strangers = None, list(state)
    for kind, pattern in PATTERNS.items():
        rest = [name for name in state if not re.fullmatch('(' + pattern + ')' + SUFFIXES, str(name))]
        if len(rest) < len(strangers):
            best, strangers = kind, rest
    if best is None:
        raise Refused("is of no known network: its first tensor is '%s'" % next(iter(state)))
    if strangers:
        raise Refused("looks like %s, but holds '%s'" % (best, strangers[0]))
    return best


def shape(state, name):
    if name not in state:
        raise Refused("lacks the tensor '%s'" % name)
    return tuple(state[name].shape)


def blocks(state, path):
    found = {match.group(1) for name in state
             for match in [re.match(re.escape(path) + r'\.flat_block\.model\.(\d+)\.', name)] if match}
    return len(found)


def describe_msresunet(state):
    is_v1 = any(name.startswith('enhancer1.down_block') for name in state)
    ngf, channels = shape(state, 'enhancer1.in_conv.1.weight')[:2]
    heads = [name for name in ('out_conv', 'out_conv1', 'out_conv2') if 'enhancer1.%s.1.weight' % name in state]
    role = {4: 'inpainting', 7: 'blending'}.get(channels, 'reenactment')
    levels = ['enhancer1'] + ['base.inner' + '.submodule' * level for level in range(3)]
    return {'kind': 'msresunet_v1' if is_v1 else 'msresunet_v2', 'role': role, 'in': channels, 'ngf': ngf,
            'out': [shape(state, 'enhancer1.%s.1.weight' % name)[0] for name in heads],
            'flat': [blocks(state, level) for level in levels],
            'landmarks': channels - 3 if role == 'reenactment' else 0, 'crop_scale': 2.0 if is_v1 else 1.2}


def describe_vgg19(state):
    has_norm = 'features.1.weight' in state
    ngf, channels = shape(state, 'features.0.weight')[:2]
    found = {'kind': 'vgg19_bn' if has_norm else 'vgg19', 'role': 'perceptual', 'in': channels, 'ngf': ngf, 'out': []}
    if 'classifier.6.weight' in state:
        found['out'] = [shape(state, 'classifier.6.weight')[0]]
        found['resolution_px'] = 32 * math.isqrt(shape(state, 'classifier.0.weight')[1] // (8 * ngf))
    return found


def describe(state):
    """The metadata that follow from the tensors."""
    architecture = find_architecture(state)
    if architecture == 'msresunet':
        found = describe_msresunet(state)
    elif architecture == 'seg_unet':
        ngf, channels = shape(state, 'conv1.conv1.0.weight')[:2]
        found = {'role': 'segmentation', 'in': channels, 'ngf': ngf, 'out': [shape(state, 'final.weight')[0]]}
    elif architecture == 'patchgan':
        ngf, channels = shape(state, 'layer0.0.weight')[:2]
        found = {'role': 'discriminator', 'in': channels, 'ngf': ngf, 'out': [1]}
    elif architecture == 'hopenet':
        ngf, channels = shape(state, 'conv1.weight')[:2]
        heads = ('fc_yaw', 'fc_pitch', 'fc_roll')
        found = {'role': 'pose', 'in': channels, 'ngf': ngf, 'resolution_px': 224,
                 'out': [shape(state, name + '.weight')[0] for name in heads]}
    else:
        found = describe_vgg19(state)
    return {**{'kind': architecture, 'flat': [], 'landmarks': 0, 'crop_scale': 1.2, 'resolution_px': 256}, **found}


def read_arch(arch):
    """Numbers and tuples of numbers among the arguments of an `arch` expression, by name; other text is left."""
    found = {}
    for name, value in re.findall(r'(\w+)\s*=\s*(\(\s*\d[\d,\s]*\)|\d+)', arch):
        numbers = [int(number) for number in re.findall(r'\d+', value)]
        found[name] = numbers if value.startswith('(') else numbers[0]
    return found


def check_arch(arch, found):
    stated = read_arch(arch)
    expected = {'in_nc': found['in'], 'ngf': found['ngf'], 'flat_layers': found['flat'],
                'feature_scale': 64 // found['ngf'], 'num_classes': found['out'][0] if found['out'] else None}
    if 'out_nc' in stated:
        expected['out_nc'] = found['out'] if isinstance(stated['out_nc'], list) else found['out'][0]
    for key, value in expected.items():
        if value is not None and stated.get(key, value) != value:
            raise Refused("says %s=%s in 'arch', but its tensors have %s" % (key, stated[key], value))


def to_bytes(name, tensor):
    import torch
    if not isinstance(tensor, torch.Tensor) or not tensor.is_floating_point():
        raise Refused("holds '%s', which is no floating-point tensor" % name)
    if not bool(torch.isfinite(tensor).all()):
        raise Refused("holds a NaN or an infinity in '%s'" % name)
    return tensor.detach().to(torch.float32).contiguous().numpy().tobytes()


def write_safetensors(path, tensors, metadata=None):
    """Float tensors by name, stored as F32; replaces `path` at once."""
    header, parts, offset, digest = {}, [], 0, hashlib.sha256()
    for name in sorted(tensors):
        parts.append(to_bytes(name, tensors[name]))
        digest.update(parts[-1])
        header[name] = {'dtype': 'F32', 'shape': list(tensors[name].shape),
                        'data_offsets': [offset, offset + len(parts[-1])]}
        offset += len(parts[-1])
    if metadata is not None:
        header['__metadata__'] = {**metadata, 'data_sha256': digest.hexdigest()}
    text = json.dumps(header, sort_keys=True, separators=(',', ':'), ensure_ascii=False).encode()
    text += b' ' * (-len(text) % 8)
    part_path = '%s.part' % path
    with open(part_path, 'wb') as file:
        file.write(len(text).to_bytes(8, 'little') + text)
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part_path, path)


def to_metadata(found, notes):
    """As common/nets/net_metadata.h describes."""
    def text(value):
        return ','.join(map(str, value)) if isinstance(value, list) else str(value)
    return {'format': 'changeling-net', **notes, **{key: text(value) for key, value in found.items()}}


def sha256_file(path):
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(1 << 20), b''):
            digest.update(block)
    return digest.hexdigest()


def convert(options):
    checkpoint = load_checkpoint(options.checkpoint)
    state = state_dict_of(checkpoint)
    found = describe(state)
    notes = {'source_file': os.path.basename(options.checkpoint), 'source_sha256': sha256_file(options.checkpoint)}
    is_wrapped = isinstance(checkpoint, dict) and 'state_dict' in checkpoint
    if is_wrapped and isinstance(checkpoint.get('arch'), str):
        check_arch(checkpoint['arch'], found)
        notes['source_arch'] = checkpoint['arch']
    if is_wrapped and isinstance(checkpoint.get('resolution'), int):
        found['resolution_px'] = checkpoint['resolution']
    given = {'role': options.role, 'landmarks': options.landmarks, 'crop_scale': options.crop_scale,
             'resolution_px': options.resolution, 'trained_on': options.trained_on, 'licence': options.licence}
    found.update({'trained_on': 'unknown', 'licence': 'unknown'})
    found.update({key: value for key, value in given.items() if value is not None})
    write_safetensors(options.output, state, to_metadata(found, notes))
    return found


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('checkpoint', help='official .pth file')
    parser.add_argument('output', help='safetensors file to write')
    parser.add_argument('--role', help='reenactment, inpainting, blending, segmentation, ...; default: from the shapes')
    parser.add_argument('--landmarks', type=int, help='landmark maps among the inputs; default: from the shapes')
    parser.add_argument('--crop-scale', type=float, help='default: 1.2, for v1 generators 2.0')
    parser.add_argument('--resolution', type=int, help="pixels; default: the checkpoint's, else 256 (hopenet 224)")
    parser.add_argument('--trained-on', help='data sets; default: unknown')
    parser.add_argument('--licence', help='terms of the weights; default: unknown')
    options = parser.parse_args(arguments)
    try:
        found = convert(options)
    except Refused as refusal:
        sys.exit("convert-fsgan-checkpoint: '%s' %s" % (options.checkpoint, refusal))
    except OSError as error:
        sys.exit('convert-fsgan-checkpoint: %s' % error)
    print('%s: %s, %s, in %s, out %s, ngf %s' % (options.output, found['kind'], found['role'], found['in'],
                                                 ','.join(map(str, found['out'])) or 'features', found['ngf']))


if __name__ == '__main__':
    main()
