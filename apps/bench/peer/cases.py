"""The cases of `src/cases` that are written in PyTorch here, by name."""

from torch.nn import functional as F

from mc_loss import cross_entropy, mc
from mobilenet_v2 import MobileNetV2
from mv_hfmd import MvHfmd, mv_hfmd_loss
from ops import conv_3x3, conv_3x3_dw, conv_3x3_dx, matmul
from pma import lstm, pma, pma_stage
from resnet import McResNet18, ResNet18
from segmenter import psp_resnet_18
from subject import MAP, model_subject
from vgg import Vgg16BnMaps

CLASSES = 50


def resnet_18(tensors, size):
    return images_subject(ResNet18(CLASSES), tensors)


def mc_resnet_18(tensors, size):
    return images_subject(McResNet18(200), tensors)


def images_subject(module, tensors):
    images, labels = tensors["data.images"].permute(MAP), tensors["data.labels"].long()
    forward = lambda: module(images)
    return model_subject(module, tensors, forward, lambda: F.cross_entropy(forward(), labels))


def resnet_18_maps(tensors, size):
    module = ResNet18(CLASSES)
    del module.fc
    return backbone_subject(module, tensors, module.maps)


def mobilenet_v2(tensors, size):
    module = MobileNetV2()
    return backbone_subject(module, tensors, module)


def vgg16_bn(tensors, size):
    module = Vgg16BnMaps()
    return backbone_subject(module, tensors, module)


def backbone_subject(module, tensors, maps):
    images = tensors["data.images"].permute(MAP)
    forward = lambda: maps(images).mean((2, 3))
    return model_subject(module, tensors, forward, lambda: forward().square().mean())


def mv_hfmd(tensors, size):
    module = MvHfmd(CLASSES, size["views"], size["image"], dim=192, depth=4, heads=3)
    images, labels = tensors["data.images"], tensors["data.labels"].long()

    def loss():
        tokens = module.tokens(images)
        return mv_hfmd_loss(module.single(tokens), module.fused(tokens), labels)

    return model_subject(module, tensors, lambda: module.fused(module.tokens(images)), loss)


CASES = {
    "op/matmul": matmul,
    "op/conv-3x3": conv_3x3,
    "op/conv-3x3-dx": conv_3x3_dx,
    "op/conv-3x3-dw": conv_3x3_dw,
    "layer/lstm": lstm,
    "layer/pma-stage": pma_stage,
    "backbone/resnet-18-224": resnet_18_maps,
    "backbone/mobilenet-v2-224": mobilenet_v2,
    "backbone/vgg16-bn-224": vgg16_bn,
    "loss/cross-entropy": cross_entropy,
    "loss/mc": mc,
    "loss/mc-2048": mc,
    "model/resnet-18": resnet_18,
    "model/mc-resnet-18": mc_resnet_18,
    "model/psp-resnet-18": psp_resnet_18,
    "model/mv-hfmd": mv_hfmd,
    "model/pma": pma,
}
