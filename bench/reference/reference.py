"""Measures the reference (diffusers, transformers) for `profile gpu`: one JSON question a line on stdin, one answer on stdout.

Models are built from the configurations in the questions, with random weights, float16, on the first GPU.
"""

import argparse
import gc
import json
import sys
import time
import traceback

parser = argparse.ArgumentParser()
parser.add_argument("--diffusers-source", help="folder with diffusers in it")
arguments = parser.parse_args()
if arguments.diffusers_source:
    sys.path.insert(0, arguments.diffusers_source)

imported = time.perf_counter()
import torch
import transformers
import diffusers
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

imported = time.perf_counter() - imported

DEVICE = "cuda"
WARM_UPS = 3


def answer(value):
    print("@@" + json.dumps(value), flush=True)


def public(config):
    return {key: value for key, value in config.items() if not key.startswith("_")}


def build(make):
    """Builds on the device in float16; norms neutral and weights of variance 1 / fan-in keep activations of order one."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    try:
        with torch.device(DEVICE):
            model = make()
    finally:
        torch.set_default_dtype(before)
    model = model.eval().requires_grad_(False)
    for name, weight in model.named_parameters():
        if weight.dim() > 1:
            fan_in = weight[0].numel()
            weight.data.uniform_(-1, 1).mul_((3 / fan_in) ** 0.5)
        elif name.endswith("bias"):
            weight.data.zero_()
        else:
            weight.data.fill_(1)
    return model


def unet(question):
    model = build(lambda: UNet2DConditionModel.from_config(public(question["config"])))
    sample = torch.randn(question["input"], device=DEVICE, dtype=torch.float16)
    text = torch.randn(question["text"], device=DEVICE, dtype=torch.float16)
    step = torch.tensor(417, device=DEVICE)
    labels = torch.full((sample.shape[0],), 20, device=DEVICE, dtype=torch.int64) if question["labels"] else None

    def run(channels_last=False):
        x = sample.contiguous(memory_format=torch.channels_last) if channels_last else sample
        return model(x, step, encoder_hidden_states=text, class_labels=labels, return_dict=False)[0]

    return model, run


def vae(question):
    model = build(lambda: AutoencoderKL.from_config(public(question["config"])))
    latents = torch.randn(question["input"], device=DEVICE, dtype=torch.float16)

    def run(channels_last=False):
        x = latents.contiguous(memory_format=torch.channels_last) if channels_last else latents
        return model.decode(x, return_dict=False)[0]

    return model, run


def t5(question):
    model = build(lambda: transformers.T5EncoderModel(transformers.T5Config.from_dict(public(question["config"]))))
    if question["wide"]:
        # As from_pretrained leaves it.
        for name, module in model.named_modules():
            if name.endswith(".wo"):
                module.float()
    ids = torch.randint(100, 30000, question["input"], device=DEVICE)
    mask = torch.ones_like(ids)
    return model, lambda channels_last=False: model(ids, attention_mask=mask)[0]


def measure(run, rounds, passes):
    for _ in range(WARM_UPS):
        run()
    times = []
    for _ in range(rounds):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(passes):
            run()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - start) * 1000 / passes)
    return times


def graphed(run, **kwargs):
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UPS):
            run(**kwargs)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run(**kwargs)
    return graph


def attempt(result, key, make):
    try:
        result[key] = make()
    except Exception as error:  # one way that fails must not take the others along
        print(f"{key}: {error}".splitlines()[0], flush=True)
    gc.collect()
    torch.cuda.empty_cache()


def forward(question):
    rounds, passes = question["rounds"], question["passes"]
    model, run = {"unet": unet, "vae": vae, "t5": t5}[question["kind"]](question)
    result = {}
    attempt(result, "eager", lambda: measure(run, rounds, passes))
    attempt(result, "graph", lambda: measure(graphed(run).replay, rounds, passes))
    if question["kind"] != "t5":
        model.to(memory_format=torch.channels_last)
        attempt(result, "channels_last", lambda: measure(lambda: run(channels_last=True), rounds, passes))
        attempt(result, "graph_channels_last", lambda: measure(graphed(run, channels_last=True).replay, rounds, passes))
    if question.get("compile"):
        start = time.perf_counter()
        if question["kind"] == "vae":
            model.decoder = torch.compile(model.decoder, mode="reduce-overhead")
        else:
            model.forward = torch.compile(model.forward, mode="reduce-overhead")
        attempt(result, "compiled", lambda: measure(run, rounds, passes))
        result["compile_seconds"] = time.perf_counter() - start
    result["peak"] = torch.cuda.max_memory_allocated()
    return result


def cascade(question):
    from diffusers import DDIMScheduler, DDPMScheduler, IFPipeline, IFSuperResolutionPipeline, StableDiffusionUpscalePipeline

    unets = [build(lambda config=config: UNet2DConditionModel.from_config(public(config))) for config in question["unets"]]
    decoder = build(lambda: AutoencoderKL.from_config(public(question["vae"])))
    cosine = lambda: DDPMScheduler.from_config(public(question["cosine"]))
    noising = DDPMScheduler(beta_schedule="squaredcos_cap_v2")
    none = dict(tokenizer=None, text_encoder=None)
    unchecked = dict(safety_checker=None, feature_extractor=None, watermarker=None, requires_safety_checker=False)
    first = IFPipeline(**none, unet=unets[0], scheduler=cosine(), **unchecked)
    second = IFSuperResolutionPipeline(**none, unet=unets[1], scheduler=cosine(), image_noising_scheduler=noising, **unchecked)
    third = StableDiffusionUpscalePipeline(
        **none, vae=decoder, unet=unets[2],
        low_res_scheduler=DDPMScheduler(beta_schedule="scaled_linear"),
        scheduler=DDIMScheduler.from_config(public(question["linear"])),
    )
    for pipeline in (first, second, third):
        pipeline.set_progress_bar_config(disable=True)

    def text(width):
        make = lambda: torch.randn(1, 77, width, device=DEVICE, dtype=torch.float16)
        return dict(prompt_embeds=make(), negative_prompt_embeds=make())

    t5_text, clip_text = text(4096), text(1024)
    steps = question["steps"]
    spent = []
    decoding = []
    decode = decoder.decode

    def timed_decode(*args, **kwargs):
        torch.cuda.synchronize()
        start = time.perf_counter()
        result = decode(*args, **kwargs)
        torch.cuda.synchronize()
        decoding.append(time.perf_counter() - start)
        return result

    decoder.decode = timed_decode

    def timed(run):
        torch.cuda.synchronize()
        start = time.perf_counter()
        result = run()
        torch.cuda.synchronize()
        spent.append(time.perf_counter() - start)
        return result

    for _ in range(2):
        spent.clear()
        decoding.clear()
        small = timed(lambda: first(**t5_text, num_inference_steps=steps[0], guidance_scale=7.0, output_type="pt").images)
        large = timed(lambda: second(**t5_text, image=small.clamp(-1, 1), num_inference_steps=steps[1], guidance_scale=4.0, noise_level=250, output_type="pt").images)
        timed(lambda: third(**clip_text, image=large.clamp(-1, 1), num_inference_steps=steps[2], guidance_scale=9.0, noise_level=20, output_type="pt").images)
    return {"seconds": [spent[0], spent[1], spent[2] - decoding[0], decoding[0]]}


answer({
    "python": sys.version.split()[0],
    "torch": torch.__version__,
    "diffusers": diffusers.__version__,
    "transformers": transformers.__version__,
    "gpu": torch.cuda.get_device_name(),
    "import seconds": round(imported, 1),
})
with torch.inference_mode():
    for line in sys.stdin:
        asked = json.loads(line)
        torch.cuda.reset_peak_memory_stats()
        try:
            answer(cascade(asked) if asked["kind"] == "cascade" else forward(asked))
        except Exception as error:
            traceback.print_exc()
            answer({"error": f"{type(error).__name__}: {error}".splitlines()[0]})
        gc.collect()
        torch.cuda.empty_cache()
        torch._dynamo.reset()
