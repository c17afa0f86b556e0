"""How fast this machine encodes what a GPU swaps: x264_rows.py JSON [--quick].

Frames a second of x264's presets on a moving 720p picture with noise, on all cores; one row a preset, which says why
where ffmpeg or libx264 is missing."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

from figure_rows import Rows

# Frames a second of one core, quiet talking heads; all cores reach 0.6 to 0.8 times as many each.
PER_CORE = {'ultrafast': 273, 'superfast': 134, 'veryfast': 100, 'fast': 45, 'medium': 41}


def ffmpeg(*words):
    done = subprocess.run(['ffmpeg', '-v', 'error', '-nostdin', '-y', *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip() or 'ffmpeg failed').splitlines()[-1])


def measure(rows, frames, side):
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        clip = os.path.join(folder, 'clip.y4m')
        ffmpeg('-f', 'lavfi', '-i', 'testsrc2=size=%s:rate=25,noise=alls=4:allf=t' % side, '-frames:v', str(frames),
               '-pix_fmt', 'yuv420p', clip)
        for preset, rate in PER_CORE.items():
            start = time.perf_counter()
            ffmpeg('-i', clip, '-c:v', 'libx264', '-preset', preset, '-crf', '23', '-f', 'null', '-')
            rows.add('x264/720p/' + preset, frames / (time.perf_counter() - start), 'frames/s',
                     'expected %.0f-%.0f on %d cores' % (0.6 * rate * cores, 0.8 * rate * cores, cores))


def main():
    quick = '--quick' in sys.argv
    path, = [word for word in sys.argv[1:] if word != '--quick']
    rows = Rows(path, 'cpu')
    try:
        if shutil.which('ffmpeg') is None:
            raise RuntimeError('no ffmpeg')
        measure(rows, 10 if quick else 250, '320x180' if quick else '1280x720')
    except Exception as error:
        rows.add('x264/720p', None, 'frames/s', 'skipped: ' + (str(error) or repr(error)).splitlines()[0])
    rows.write()


if __name__ == '__main__':
    main()
