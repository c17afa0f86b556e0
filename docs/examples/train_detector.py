#!/usr/bin/env python3
"""Trains a tiny detector for one epoch from an exported data set: train_detector.py EXPORT FORMAT

FORMAT is videofolder, webdataset or frames. Needs PyTorch, NumPy and the ffmpeg program. Meant to be read: each
reader below is all that a trainer needs to know of a format.
"""
import csv
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import numpy
import torch

SIDE = 64


def decode(source, frames=None):
    """RGB frames of a file or of bytes, scaled to SIDE: float (N, 3, SIDE, SIDE) in 0..1."""
    is_file = isinstance(source, pathlib.Path)
    command = ["ffmpeg", "-v", "error", "-i", str(source) if is_file else "pipe:0", "-vf", f"scale={SIDE}:{SIDE}",
               "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-frames:v", str(frames)] if frames else []
    raw = subprocess.run(command + ["pipe:1"], input=None if is_file else source, capture_output=True, check=True).stdout
    pixels = numpy.frombuffer(raw, numpy.uint8).reshape(-1, SIDE, SIDE, 3)
    return torch.from_numpy(pixels.copy()).permute(0, 3, 1, 2).float() / 255


def swapped_frame(spans, n_frames):
    """The middle of the longest swapped span: frames outside spans are real, also in a fake."""
    if not spans:
        return n_frames // 2
    first, last = max(spans, key=lambda span: span[1] - span[0])
    return (first + last) // 2


class VideoFolder(torch.utils.data.Dataset):
    """videofolder/train/metadata.jsonl: one clip a line, with its label and its swapped spans."""

    def __init__(self, export):
        self.root = export / "videofolder" / "train"
        self.rows = [json.loads(line) for line in open(self.root / "metadata.jsonl", encoding="utf-8")]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = self.rows[index]
        clip = decode(self.root / row["file_name"])
        return clip[swapped_frame(json.loads(row["spans"]), len(clip))], float(row["label"])


class WebDataset(torch.utils.data.IterableDataset):
    """webdataset/*-train-*.tar: adjacent members with one name up to the first dot are a sample."""

    def __init__(self, export):
        self.tars = sorted((export / "webdataset").glob("*-train-*.tar"))

    def __iter__(self):
        for path in self.tars:
            sample = {}
            with tarfile.open(path) as tar:
                for member in tar:
                    key, kind = member.name.split(".", 1)
                    if sample and sample["key"] != key:
                        yield self.example(sample)
                        sample = {}
                    sample["key"] = key
                    sample[kind] = tar.extractfile(member).read()
            if sample:
                yield self.example(sample)

    @staticmethod
    def example(sample):
        item = json.load(io.BytesIO(sample["json"]))
        spans = [span[:2] for span in item["spans"] if span[2] == "swapped"]
        # ffmpeg cannot seek in a pipe, which an mp4 with its index at the end needs.
        with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
            file.write(sample["mp4"])
            file.flush()
            clip = decode(pathlib.Path(file.name))
        return clip[swapped_frame(spans, len(clip))], float(item["label_number"])


class Frames(torch.utils.data.Dataset):
    """frames/frames.csv: one aligned face crop a line."""

    def __init__(self, export):
        self.root = export / "frames"
        with open(self.root / "frames.csv", encoding="utf-8", newline="") as file:
            self.rows = [row for row in csv.DictReader(file) if row["part"] == "train"]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = self.rows[index]
        return decode(self.root / row["path"], frames=1)[0], float(row["label"])


def train_one_epoch(dataset):
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 5, stride=4), torch.nn.ReLU(), torch.nn.Flatten(),
                              torch.nn.LazyLinear(1))
    loader = torch.utils.data.DataLoader(dataset, batch_size=4)
    loss_of = torch.nn.BCEWithLogitsLoss()
    optimizer, seen, total = None, 0, 0.0
    for pictures, labels in loader:
        logits = net(pictures).squeeze(1)
        optimizer = optimizer or torch.optim.Adam(net.parameters(), lr=1e-3)
        loss = loss_of(logits, labels.float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += len(labels)
        total += float(loss) * len(labels)
    return seen, total / max(seen, 1)


def main():
    readers = {"videofolder": VideoFolder, "webdataset": WebDataset, "frames": Frames}
    if len(sys.argv) != 3 or sys.argv[2] not in readers:
        sys.exit(__doc__)
    seen, loss = train_one_epoch(readers[sys.argv[2]](pathlib.Path(sys.argv[1])))
    print(json.dumps({"format": sys.argv[2], "examples": seen, "loss": round(loss, 4)}))


if __name__ == "__main__":
    main()
