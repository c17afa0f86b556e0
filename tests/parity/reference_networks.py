"""The networks of common/nets in torch.nn, written from the same description: the oracle of the C++ ones and the
rival of the benches. Module names are those of the official checkpoints."""

import torch
from torch import nn
from torch.nn import functional


def conv_block(channels_in, channels_out, kernel=3, stride=1, act=True):
    """Modules ReflectionPad, Conv, BatchNorm and, unless `act` is False, ReLU."""
    modules = [nn.ReflectionPad2d(kernel // 2),
               nn.Conv2d(channels_in, channels_out, kernel, stride, bias=False),
               nn.BatchNorm2d(channels_out)]
    return modules + ([nn.ReLU()] if act else [])


class Down(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.model = nn.Sequential(*conv_block(channels_in, channels_out, stride=2),
                                   *conv_block(channels_out, channels_out))

    def forward(self, x):
        return self.model(x)


class Up(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.model = nn.Sequential(*conv_block(channels_in, channels_out))

    def forward(self, x):
        return self.model(functional.interpolate(x, scale_factor=2, mode='bilinear', align_corners=False))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.model = nn.Sequential(*conv_block(channels, channels), *conv_block(channels, channels, act=False))

    def forward(self, x):
        return functional.relu(x + self.model(x))


class Flat(nn.Module):
    def __init__(self, channels, count):
        super().__init__()
        self.model = nn.Sequential(*[Residual(channels) for _ in range(count)])

    def forward(self, x):
        return self.model(x)


class Skip(nn.Module):
    """Levels `level`..2 of the base; flat[0] belongs to `level`."""

    def __init__(self, channels, flat, cap):
        super().__init__()
        self.submodule = None
        if len(flat) > 1:
            inner = min(2 * channels, cap)
            self.down_block = Down(channels, inner)
            self.submodule = Skip(inner, flat[1:], cap)
            self.up_block = Up(inner, channels)
        self.flat_block = Flat(channels, flat[0])

    def forward(self, x):
        if self.submodule is not None:
            x = x + self.up_block(self.submodule(self.down_block(x)))
        return self.flat_block(x)


class Headed(nn.Module):
    """A stem, something within and one tanh head for each entry of `out`."""

    def __init__(self, channels_in, channels, out):
        super().__init__()
        self.in_conv = nn.Sequential(*conv_block(channels_in, channels, 7))
        self.head_names = ['out_conv'] if len(out) == 1 else ['out_conv%d' % (i + 1) for i in range(len(out))]
        for name, channels_out in zip(self.head_names, out):
            setattr(self, name, nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(channels, channels_out, 7, bias=False),
                                              nn.Tanh()))

    def heads(self, x):
        return [getattr(self, name)(x) for name in self.head_names]


class Base(Headed):
    def __init__(self, channels_in, channels, out, flat, cap):
        super().__init__(channels_in, channels, out)
        self.inner = Skip(channels, flat, cap)

    def forward(self, x):
        return self.inner(self.in_conv(x))


class EnhancerV2(Headed):
    def __init__(self, channels_in, channels, out, count):
        super().__init__(channels_in, channels, out)
        self.up_block = Up(2 * channels, channels)
        self.flat_block = Flat(channels, count)

    def forward(self, x, base):
        return self.heads(self.flat_block(self.in_conv(x) + self.up_block(base)))


class EnhancerV1(Headed):
    def __init__(self, channels_in, channels, out, count):
        super().__init__(channels_in, channels, out)
        self.down_block = Down(channels, 2 * channels)
        self.flat_block = Flat(2 * channels, count)
        self.up_block = Up(2 * channels, channels)

    def forward(self, x, base):
        return self.heads(self.up_block(self.flat_block(self.down_block(self.in_conv(x)) + base)))


class MsResUnet(nn.Module):
    """levels: one or two tensors, finest first."""

    def __init__(self, channels_in, ngf, flat, out=(3,), version=2):
        super().__init__()
        cap = 1024 if version == 2 else 10**6
        self.base = Base(channels_in, 2 * ngf, out, flat[1:], cap)
        self.enhancer1 = (EnhancerV2 if version == 2 else EnhancerV1)(channels_in, ngf, out, flat[0])

    def forward(self, levels):
        base = self.base(levels[-1])
        return self.base.heads(base) if len(levels) == 1 else self.enhancer1(levels[0], base)


class Convs(nn.Module):
    def __init__(self, channels_in, channels_out, has_norm):
        super().__init__()
        for name, channels in (('conv1', channels_in), ('conv2', channels_out)):
            modules = [nn.Conv2d(channels, channels_out, 3, padding=1)]
            modules += [nn.BatchNorm2d(channels_out)] if has_norm else []
            setattr(self, name, nn.Sequential(*modules, nn.ReLU()))

    def forward(self, x):
        return self.conv2(self.conv1(x))


class Decoder(nn.Module):
    def __init__(self, channels_in, channels_out):
        super().__init__()
        self.conv1d = nn.Conv2d(channels_in, channels_out, 1)
        self.conv = Convs(channels_in, channels_out, has_norm=False)

    def forward(self, skipped, x):
        x = functional.interpolate(x, scale_factor=2, mode='bilinear', align_corners=True)
        return self.conv(torch.cat([skipped, self.conv1d(x)], 1))


class SegUnet(nn.Module):
    def __init__(self, ngf, classes=3):
        super().__init__()
        widths = [3] + [ngf << i for i in range(5)]
        for i in range(4):
            setattr(self, 'conv%d' % (i + 1), Convs(widths[i], widths[i + 1], has_norm=True))
            setattr(self, 'up_concat%d' % (i + 1), Decoder(widths[i + 2], widths[i + 1]))
        self.center = Convs(widths[4], widths[5], has_norm=True)
        self.final = nn.Conv2d(ngf, classes, 1)

    def forward(self, levels):
        x, skipped = levels[0], []
        for i in range(4):
            skipped.append(getattr(self, 'conv%d' % (i + 1))(x))
            x = functional.max_pool2d(skipped[-1], 2)
        x = self.center(x)
        for i in reversed(range(4)):
            x = getattr(self, 'up_concat%d' % (i + 1))(skipped[i], x)
        return [self.final(x)]


class PatchDiscriminators(nn.Module):
    def __init__(self, ndf):
        super().__init__()
        for i in range(2):
            modules = [nn.Conv2d(3, ndf, 4, 2, 2), nn.LeakyReLU(0.2)]
            for width, stride in ((2, 2), (4, 2), (8, 1)):
                modules += [nn.Conv2d(width // 2 * ndf, width * ndf, 4, stride, 2), nn.BatchNorm2d(width * ndf),
                            nn.LeakyReLU(0.2)]
            modules += [nn.Conv2d(8 * ndf, 1, 4, 1, 2), nn.Sigmoid()]
            setattr(self, 'layer%d' % i, nn.Sequential(*modules))

    def forward(self, levels):
        return [getattr(self, 'layer%d' % (len(levels) - 1 - i))(x) for i, x in enumerate(levels)]


class Bottleneck(nn.Module):
    def __init__(self, channels_in, planes, stride, is_first):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, 4 * planes, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * planes)
        self.downsample = nn.Sequential(nn.Conv2d(channels_in, 4 * planes, 1, stride, bias=False),
                                        nn.BatchNorm2d(4 * planes)) if is_first else None

    def forward(self, x):
        y = functional.relu(self.bn1(self.conv1(x)))
        y = functional.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return functional.relu(y + (x if self.downsample is None else self.downsample(x)))


class Hopenet(nn.Module):
    """Returns the angles in degrees, (N,3)."""

    def __init__(self, ngf, bins=66):
        super().__init__()
        self.conv1 = nn.Conv2d(3, ngf, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(ngf)
        channels = ngf
        for i, count in enumerate((3, 4, 6, 3)):
            planes, blocks = ngf << i, []
            for block in range(count):
                blocks.append(Bottleneck(channels, planes, 2 if i > 0 and block == 0 else 1, block == 0))
                channels = 4 * planes
            setattr(self, 'layer%d' % (i + 1), nn.Sequential(*blocks))
        for name in ('fc_yaw', 'fc_pitch', 'fc_roll'):
            setattr(self, name, nn.Linear(channels, bins))
        self.fc_finetune = nn.Linear(channels + 3, 3)

    def forward(self, levels):
        x = functional.max_pool2d(functional.relu(self.bn1(self.conv1(levels[0]))), 3, 2, 1)
        for i in range(4):
            x = getattr(self, 'layer%d' % (i + 1))(x)
        x = x.mean((2, 3))
        bins = torch.arange(self.fc_yaw.out_features, dtype=x.dtype)
        return [torch.stack([(functional.softmax(head(x), 1) * bins).sum(1) * 3 - 99
                             for head in (self.fc_yaw, self.fc_pitch, self.fc_roll)], 1)]


class Vgg19(nn.Module):
    """Returns the five taps of the perceptual loss, then the class logits if there are classes."""

    def __init__(self, ngf, classes, has_norm, side):
        super().__init__()
        modules, channels = [], 3
        for width, count in ((1, 2), (2, 2), (4, 4), (8, 4), (8, 4)):
            for _ in range(count):
                modules += [nn.Conv2d(channels, width * ngf, 3, padding=1)]
                modules += [nn.BatchNorm2d(width * ngf)] if has_norm else []
                modules += [nn.ReLU()]
                channels = width * ngf
            modules += [nn.MaxPool2d(2)]
        self.features = nn.Sequential(*modules)
        self.taps = (2, 6, 12, 20, 29) if has_norm else (1, 6, 11, 20, 29)
        self.classifier = None
        if classes:
            self.classifier = nn.Sequential(
                nn.Linear(channels * (side // 32)**2, 64 * ngf), nn.ReLU(), nn.Dropout(),
                nn.Linear(64 * ngf, 64 * ngf), nn.ReLU(), nn.Dropout(), nn.Linear(64 * ngf, classes))

    def forward(self, levels):
        x, outputs = levels[0], []
        for i, module in enumerate(self.features):
            x = module(x)
            if i in self.taps:
                outputs.append(x)
        return outputs + ([self.classifier(x.flatten(1))] if self.classifier is not None else [])


def pyramid(x, count):
    levels = [x]
    while len(levels) < count:
        levels.append(functional.avg_pool2d(levels[-1], 3, 2, 1, count_include_pad=False))
    return levels


def randomise(net):
    """Weights that keep the signal alive through any depth, and batch norms as after training."""
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            fan_in = module.weight[0].numel()
            nn.init.normal_(module.weight, 0, (2 / fan_in)**0.5)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0, 0.1)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.1)
            nn.init.normal_(module.bias, 0, 0.1)
            nn.init.normal_(module.running_mean, 0, 0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return net.eval()
