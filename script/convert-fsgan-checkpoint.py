#!/usr/bin/python3
"""Turns an official FSGAN checkpoint (.pth) into Changeling's safetensors with metadata.

Nothing in a checkpoint is executed. Its pickle may name tensors and plain containers only, and these names stand for
code of this file: torch.load is not used (that of PyTorch 1.13 ignores a pickle_module, and weights_only refuses
checkpoints with a NumPy scalar in them). Its `arch` expression is compared as text. The architecture is read from the
tensors' names and shapes."""

import argparse
import hashlib
import json
import math
import os
import pickle
import re
import sys
import zipfile
from collections import OrderedDict

import numpy

LEGACY_MAGIC = 0x1950a86a20f9469cfc6c  # of files older than PyTorch 1.6
STORAGES = {'FloatStorage': '<f4', 'DoubleStorage': '<f8', 'HalfStorage': '<f2', 'BFloat16Storage': '<u2',
            'LongStorage': '<i8', 'IntStorage': '<i4', 'ShortStorage': '<i2', 'CharStorage': 'i1',
            'ByteStorage': 'u1', 'BoolStorage': '?'}
MAX_VALUES = 10**9
FLOATS = ('FloatStorage', 'DoubleStorage', 'HalfStorage', 'BFloat16Storage')
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


class Tensor:
    """Where the values of a tensor lie; read on demand, so that an optimizer's state costs nothing."""

    def __init__(self, storage, offset, shape, strides, *_rest):
        self.storage, self.offset = storage, int(offset)
        self.shape, self.strides = tuple(map(int, shape)), tuple(map(int, strides))

    def is_float(self):
        return self.storage['type'] in FLOATS

    def read(self):
        """A contiguous float32 array."""
        last = self.offset + sum((size - 1) * stride for size, stride in zip(self.shape, self.strides))
        if (len(self.shape) != len(self.strides) or min(self.shape + self.strides + (self.offset,)) < 0
                or (0 not in self.shape and last >= self.storage['count']) or math.prod(self.shape) > MAX_VALUES):
            raise Refused('is damaged: a tensor does not fit its storage')
        values = numpy.frombuffer(self.storage['read'](), STORAGES[self.storage['type']])[self.offset:]
        if self.storage['type'] == 'BFloat16Storage':
            values = (values.astype('<u4') << 16).view('<f4')
        steps = [stride * values.itemsize for stride in self.strides]
        return numpy.ascontiguousarray(numpy.lib.stride_tricks.as_strided(values, self.shape, steps), '<f4')


ALLOWED = {('collections', 'OrderedDict'): OrderedDict, ('torch', 'Size'): tuple,
           ('torch._utils', '_rebuild_tensor_v2'): Tensor,
           ('torch._utils', '_rebuild_parameter'): lambda tensor, *_rest: tensor,
           **{('torch', name): name for name in STORAGES}}


class Unpickler(pickle.Unpickler):
    """Reads one pickle; `read_storage(key, size)` gives the bytes of a storage, later."""

    def __init__(self, file, read_storage=None):
        super().__init__(file, encoding='utf-8')
        self.read_storage, self.storages = read_storage, {}

    def find_class(self, module, name):
        if (module, name) in ALLOWED:
            return ALLOWED[module, name]
        if module.split('.')[0] == 'numpy' or (module, name) == ('_codecs', 'encode'):
            return Inert
        raise Refused("refers to '%s.%s'; only tensors and plain containers are read" % (module, name))

    def persistent_load(self, pid):
        kind, name, key, _location, count = pid[:5]
        if kind != 'storage' or name not in STORAGES or any(part is not None for part in pid[5:]):
            raise Refused("refers to a '%s' outside its pickle" % kind)
        size = int(count) * numpy.dtype(STORAGES[name]).itemsize
        self.storages[key] = {'type': name, 'count': int(count), 'size': size,
                              'read': lambda: self.read_storage(key, size)}
        return self.storages[key]


def load_zip(path):
    archive = zipfile.ZipFile(path)
    pickles = [name for name in archive.namelist() if name.endswith('/data.pkl')]
    if len(pickles) != 1:
        raise Refused('is not a PyTorch checkpoint')
    folder = pickles[0][:-len('data.pkl')]
    if folder + 'byteorder' in archive.namelist() and archive.read(folder + 'byteorder') != b'little':
        raise Refused('was written on a big-endian machine')

    def read_storage(key, size):
        values = archive.read(folder + 'data/' + key)
        if len(values) != size:
            raise Refused('is truncated or damaged: a storage has another size')
        return values
    with archive.open(pickles[0]) as file:
        return Unpickler(file, read_storage).load()


def load_legacy(path):
    places = {}

    def read_storage(key, size):
        with open(path, 'rb') as file:
            file.seek(places[key])
            return file.read(size)
    with open(path, 'rb') as file:
        if Unpickler(file).load() != LEGACY_MAGIC:
            raise Refused('is not a PyTorch checkpoint')
        for _header in ('protocol version', 'system'):
            Unpickler(file).load()
        unpickler = Unpickler(file, read_storage)
        content = unpickler.load()
        for key in Unpickler(file).load():
            storage = unpickler.storages[key]
            if int.from_bytes(file.read(8), 'little') != storage['count']:
                raise Refused('is truncated or damaged: a storage has another size')
            places[key] = file.tell()
            file.seek(storage['size'], os.SEEK_CUR)
        if file.tell() > os.path.getsize(path):
            raise Refused('is truncated or damaged: it ends within a tensor')
    return content


def load_checkpoint(path):
    """Containers, numbers, texts and Tensors."""
    with open(path, 'rb') as file:
        start = file.read(512)
    if start.lstrip()[:1] == b'<':
        raise Refused('is a web page, not a checkpoint: download it again, signed in or by hand')
    if not start.startswith((b'PK\x03\x04', b'\x80')):
        raise Refused('is not a PyTorch checkpoint')
    try:
        return (load_zip if start.startswith(b'PK') else load_legacy)(path)
    except (Refused, OSError):
        raise
    except Exception as error:  # pickle and zipfile raise all kinds for damaged files
        text = (str(error) or type(error).__name__).splitlines()[0]
        raise Refused('is truncated or damaged: ' + text) from error


def state_dict_of(checkpoint):
    state = checkpoint.get('state_dict', checkpoint) if isinstance(checkpoint, dict) else None
    if not isinstance(state, dict) or not any(isinstance(tensor, Tensor) for tensor in state.values()):
        raise Refused("holds no 'state_dict' with tensors")
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
    if not isinstance(state[name], Tensor):
        raise Refused("holds '%s', which is no tensor" % name)
    return state[name].shape


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
    # The official G_r saw pictures halved by cv2.pyrDown, the other networks by pooling.
    pyramid = {'pyramid': 'pyrdown'} if role == 'reenactment' else {}
    return {**pyramid, 'kind': 'msresunet_v1' if is_v1 else 'msresunet_v2', 'role': role, 'in': channels, 'ngf': ngf,
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


def read_tensor(state, name):
    tensor = state[name]
    if not isinstance(tensor, Tensor) or not tensor.is_float():
        raise Refused("holds '%s', which is no floating-point tensor" % name)
    values = tensor.read()
    if not numpy.isfinite(values).all():
        raise Refused("holds a NaN or an infinity in '%s'" % name)
    return values


def write_safetensors(path, tensors, metadata=None):
    """Float32 arrays by name; replaces `path` at once."""
    header, parts, offset, digest = {}, [], 0, hashlib.sha256()
    for name in sorted(tensors):
        parts.append(tensors[name].tobytes())
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
    write_safetensors(options.output, {name: read_tensor(state, name) for name in state}, to_metadata(found, notes))
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
