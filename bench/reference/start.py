"""From the start of the process to the first stage-I picture with the reference: load T5 and the UNet in float16, encode, denoise, save."""

import argparse
import os
import sys

parser = argparse.ArgumentParser()
parser.add_argument("checkpoint", help="a stage-I checkpoint")
parser.add_argument("--out", default="reference.png")
parser.add_argument("--steps", type=int, default=100)
parser.add_argument("--prompt", default="a red ball on a green table")
parser.add_argument("--diffusers-source", help="folder with diffusers in it")
arguments = parser.parse_args()
if arguments.diffusers_source:
    sys.path.insert(0, arguments.diffusers_source)

import torch
from diffusers import DDPMScheduler, IFPipeline, UNet2DConditionModel
from transformers import T5EncoderModel, T5Tokenizer


def part(name):
    return os.path.join(arguments.checkpoint, name)


half = dict(variant="fp16", torch_dtype=torch.float16)
pipeline = IFPipeline(
    tokenizer=T5Tokenizer.from_pretrained(part("tokenizer")),
    text_encoder=T5EncoderModel.from_pretrained(part("text_encoder"), **half).to("cuda"),
    unet=UNet2DConditionModel.from_pretrained(part("unet"), **half).to("cuda"),
    scheduler=DDPMScheduler.from_pretrained(part("scheduler")),
    safety_checker=None,
    feature_extractor=None,
    watermarker=None,
    requires_safety_checker=False,
)
pipeline.set_progress_bar_config(disable=True)
# The captions are cleaned by packages that need not be there.
pictures = pipeline(arguments.prompt, num_inference_steps=arguments.steps, clean_caption=False).images
pictures[0].save(arguments.out)
