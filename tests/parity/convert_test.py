#!/usr/bin/python3
"""script/convert-fsgan-checkpoint.py on checkpoints of the official structure, damaged and hostile ones. That
converted networks compute the same is tested by tests/parity/run, whose cases are all converted ones."""

import contextlib
import importlib.util
import io
import json
import os
import pickle
import subprocess
import sys
import tempfile
import unittest
from collections import OrderedDict

import numpy
import torch

import reference_networks as nets

CONVERTER_PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../script/convert-fsgan-checkpoint.py')
SPEC = importlib.util.spec_from_file_location('converter', CONVERTER_PATH)
CONVERTER = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(CONVERTER)
ARCH = 'fsgan.models.res_unet.MultiScaleResUNet(in_nc=71,out_nc=3,flat_layers=(1,0,1,0),ngf=2)'


class Hostile:
    """Its unpickling would run a command."""

    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


class ConvertTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.checkpoint = os.path.join(self.folder.name, 'net.pth')
        self.output = os.path.join(self.folder.name, 'net.safetensors')
        torch.manual_seed(1)
        self.net = nets.randomise(nets.MsResUnet(71, 2, (1, 0, 1, 0)))

    def save(self, content, is_zip=True):
        torch.save(content, self.checkpoint, _use_new_zipfile_serialization=is_zip)

    def convert(self, *flags):
        with contextlib.redirect_stdout(io.StringIO()):
            CONVERTER.main([self.checkpoint, self.output, *flags])

    def refusal(self):
        """The one line that a refused checkpoint gives."""
        with self.assertRaises(SystemExit) as end:
            self.convert()
        self.assertNotIn('\n', end.exception.code)
        self.assertIn('net.pth', end.exception.code)
        self.assertFalse(os.path.exists(self.output))
        return end.exception.code

    def header(self, *flags):
        self.convert(*flags)
        with open(self.output, 'rb') as file:
            return json.loads(file.read(int.from_bytes(file.read(8), 'little')))

    def official(self, **changes):
        return {'resolution': 256, 'epoch': 50, 'state_dict': self.net.state_dict(), 'arch': ARCH, **changes}

    def test_reads_the_description_from_the_tensors(self):
        self.save(self.official(optimizer=torch.optim.Adam(self.net.parameters()).state_dict()))
        header = self.header('--licence', 'CC0-1.0')
        metadata = header.pop('__metadata__')
        expected = {'format': 'changeling-net', 'kind': 'msresunet_v2', 'role': 'reenactment', 'in': '71', 'out': '3',
                    'ngf': '2', 'flat': '1,0,1,0', 'landmarks': '68', 'crop_scale': '1.2', 'resolution_px': '256', 'pyramid': 'pyrdown',
                    'trained_on': 'unknown', 'licence': 'CC0-1.0', 'source_arch': ARCH, 'source_file': 'net.pth'}
        self.assertEqual({key: metadata[key] for key in expected}, expected)
        self.assertEqual(set(header), {name for name in self.net.state_dict() if 'num_batches' not in name})

    def test_flags_replace_what_the_shapes_say(self):
        self.save(self.official())
        metadata = self.header('--role', 'stepwise', '--crop-scale', '2.5', '--resolution', '128',
                               '--landmarks', '0')['__metadata__']
        self.assertEqual([metadata[key] for key in ('role', 'crop_scale', 'resolution_px', 'landmarks')],
                         ['stepwise', '2.5', '128', '0'])

    def test_reads_the_older_format_and_a_bare_state_dict_of_a_parallel_network(self):
        state = OrderedDict(('module.' + name, tensor) for name, tensor in self.net.state_dict().items())
        self.save(state, is_zip=False)
        self.assertEqual(self.header()['__metadata__']['ngf'], '2')

    def test_a_numpy_loss_is_no_obstacle(self):
        self.save(self.official(best_loss_256=numpy.float64(0.5), history=numpy.zeros(3)))
        self.assertEqual(self.header()['__metadata__']['flat'], '1,0,1,0')

    def test_executes_nothing(self):
        marker = os.path.join(self.folder.name, 'executed')
        for is_zip in (True, False):
            for content in (self.official(optimizer=Hostile('touch ' + marker)), Hostile('touch ' + marker)):
                self.save(content, is_zip)
                self.assertRegex(self.refusal(), r"refers to '(posix|os)\.system'")
        with open(self.checkpoint, 'wb') as file:
            pickle.dump(Hostile('touch ' + marker), file, protocol=2)
        self.refusal()
        self.save(self.official(arch="__import__('os').system('touch %s')" % marker))
        self.convert()
        self.assertFalse(os.path.exists(marker))

    def test_a_tensor_that_leaves_its_storage_is_refused(self):
        self.save(self.official())
        state = CONVERTER.load_checkpoint(self.checkpoint)['state_dict']
        tensor = state['base.in_conv.2.bias']
        numpy.testing.assert_array_equal(tensor.read(), self.net.base.in_conv[2].bias.detach().numpy())
        for offset, shape, strides in ((1, (4,), (1,)), (0, (4,), (2,)), (-1, (2,), (1,)), (3, (4,), (-1,)),
                                       (0, (4,), (1, 1)), (0, (2**40,), (0,))):
            with self.assertRaises(CONVERTER.Refused):
                CONVERTER.Tensor(tensor.storage, offset, shape, strides).read()

    def test_reads_views_and_half_precision(self):
        state = self.net.state_dict()
        name = 'base.inner.down_block.model.1.weight'
        expected = state[name].transpose(2, 3)
        for tensor in (expected, expected.double(), expected.half(), expected.bfloat16()):
            for is_zip in (True, False):
                self.save({'state_dict': OrderedDict(state, **{name: tensor})}, is_zip)
                found = CONVERTER.load_checkpoint(self.checkpoint)['state_dict'][name].read()
                numpy.testing.assert_array_equal(found, tensor.float().numpy())

    def test_is_a_program(self):
        self.save(self.official(arch='MultiScaleResUNet(in_nc=9)'))
        command = [sys.executable, CONVERTER_PATH, self.checkpoint, self.output]
        refused = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual((refused.returncode, refused.stdout, refused.stderr.count('\n')), (1, '', 1))
        self.save(self.official())
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertIn('msresunet_v2, reenactment, in 71, out 3, ngf 2', done.stdout)

    def test_an_arch_that_contradicts_the_tensors_is_refused(self):
        for text, value in (('in_nc=101', 71), ('ngf=128', 2), ('flat_layers=(2,2,2,2)', [1, 0, 1, 0]),
                            ('out_nc=(3,3)', [3])):
            self.save(self.official(arch='MultiScaleResUNet(%s)' % text))
            refusal = self.refusal()
            self.assertIn(text.split('=')[0], refusal)
            self.assertIn(str(value), refusal)

    def test_damaged_files_are_refused_in_one_line(self):
        for is_zip in (True, False):
            self.save(self.official(), is_zip)
            size = os.path.getsize(self.checkpoint)
            for kept in (size // 2, 100, 1):
                os.truncate(self.checkpoint, kept)
                self.assertRegex(self.refusal(), 'truncated or damaged|not a PyTorch checkpoint')
        for content, message in ((b'<!DOCTYPE html><html>Quota exceeded', 'web page'), (b'\n <html>', 'web page'),
                                 (b'', 'not a PyTorch'), (b'hello', 'not a PyTorch')):
            with open(self.checkpoint, 'wb') as file:
                file.write(content)
            self.assertIn(message, self.refusal())
        os.remove(self.checkpoint)
        self.assertIn('No such file', self.refusal())

    def test_wrong_content_is_refused_in_one_line(self):
        state = self.net.state_dict()
        nan = OrderedDict((name, tensor.clone()) for name, tensor in state.items())
        nan['base.out_conv.1.weight'][0, 0, 0, 0] = float('nan')
        for content, message in (
                ({'epoch': 3}, 'state_dict'), ([1, 2], 'state_dict'), ({'state_dict': {}}, 'state_dict'),
                ({'weights.a': torch.ones(2)}, "'weights.a'"),
                (OrderedDict(state, **{'base.extra.weight': torch.ones(2)}), "'base.extra.weight'"),
                (OrderedDict((k, v) for k, v in state.items() if k != 'enhancer1.in_conv.1.weight'),
                 "lacks the tensor 'enhancer1.in_conv.1.weight'"),
                (OrderedDict(state, **{'base.in_conv.2.bias': 'text'}), "'base.in_conv.2.bias'"),
                (OrderedDict(state, **{'base.in_conv.2.bias': torch.ones(4).long()}), "'base.in_conv.2.bias'"),
                (nan, 'NaN')):
            self.save(content)
            self.assertIn(message, self.refusal())


if __name__ == '__main__':
    unittest.main()
