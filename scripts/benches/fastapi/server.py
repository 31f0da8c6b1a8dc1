"""What people would write: FastAPI, Pillow and Python's onnxruntime. Started by serve.py with uvicorn."""
import io
import os

import numpy as np
import onnxruntime
from fastapi import FastAPI, File, UploadFile
from PIL import Image

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(os.environ["GRAFT_BENCH_THREADS"])
session = onnxruntime.InferenceSession(os.environ["GRAFT_BENCH_CLASSIFIER"], options, providers=["CPUExecutionProvider"])
labels = os.environ["GRAFT_BENCH_LABELS"].split(",")
app = FastAPI()


def crop(file, resize=342, side=299):
    image = Image.open(io.BytesIO(file)).convert("RGB")
    w, h = image.size
    size = (resize, int(resize * h / w)) if w <= h else (int(resize * w / h), resize)
    image = image.resize(size, Image.Resampling.BILINEAR)
    left, top = round((image.width - side) / 2), round((image.height - side) / 2)
    return np.asarray(image.crop((left, top, left + side, top + side)))[None]


@app.get("/ready")
def ready():
    return {"ready": True}


@app.post("/classify")
def classify(file: UploadFile = File()):
    p = session.run(["probabilities"], {"pixels": crop(file.file.read())})[0][0]
    best = int(p.argmax())
    return {"label": labels[best], "probability": float(p[best])}
