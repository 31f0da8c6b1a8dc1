"""What people would write for MLServer: Pillow and Python's onnxruntime behind the Open Inference Protocol. Started by serve.py."""
import asyncio
import io
import os

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import Base64Codec, NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse
from PIL import Image


def crop(file, resize=342, side=299):
    image = Image.open(io.BytesIO(file)).convert("RGB")
    w, h = image.size
    size = (resize, int(resize * h / w)) if w <= h else (int(resize * w / h), resize)
    image = image.resize(size, Image.Resampling.BILINEAR)
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    return np.asarray(image.crop((left, top, left + side, top + side)))[None]


class Classifier(MLModel):
    async def load(self) -> bool:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(os.environ["GRAFT_BENCH_THREADS"])
        self.session = onnxruntime.InferenceSession(os.environ["GRAFT_BENCH_CLASSIFIER"], options, providers=["CPUExecutionProvider"])
        return True

    def classify(self, files):
        return np.concatenate([self.session.run(["probabilities"], {"pixels": crop(f)})[0] for f in files])

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        p = await asyncio.to_thread(self.classify, Base64Codec.decode_input(payload.inputs[0]))
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("probabilities", p)])
