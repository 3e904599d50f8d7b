"""ResNet-18, with the parameter names of the published checkpoints.

Architecture: He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2015, table 1.
"""

from __future__ import annotations

from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Two 3x3 convolutions, and the input added back."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample: nn.Sequential | None = None
        if stride != 1 or channels_in != channels:  # the shortcut has to change shape as well
            self.downsample = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride=stride, bias=False),
                nn.BatchNorm2d(channels),
            )

    def forward(self, x: Tensor) -> Tensor:  # [batch, channels_in, height, width]
        shortcut = x
        if self.downsample is not None:
            shortcut = self.downsample(x)  # [batch, channels, height / stride, width / stride]
        x = self.relu(self.bn1(self.conv1(x)))  # [batch, channels, height / stride, width / stride]
        x = self.bn2(self.conv2(x))  # the same shape
        x += shortcut  # the residual connection
        x = self.relu(x)  # the same shape
        return x


class ResNet18(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = nn.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256, 1))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512, 1))
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # keeps the activations' scale from layer to layer (He et al.)
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:  # [batch, 3, side, side]
        x = self.relu(self.bn1(self.conv1(x)))  # [batch, 64, side / 2, side / 2]
        x = self.maxpool(x)  # [batch, 64, side / 4, side / 4]
        x = self.layer1(x)  # [batch, 64, side / 4, side / 4]
        x = self.layer2(x)  # [batch, 128, side / 8, side / 8]
        x = self.layer3(x)  # [batch, 256, side / 16, side / 16]
        x = self.layer4(x)  # [batch, 512, side / 32, side / 32]
        x = self.avgpool(x)  # [batch, 512, 1, 1]
        x = x.flatten(1)  # [batch, 512]
        x = self.fc(x)  # [batch, classes]
        return x
