#include "catalog/corpora/probing.h"

#include <cmath>
#include <map>
#include <optional>

#include "catalog/corpora/corpus_files.h"
#include "catalog/store/frame_sequence.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/outcome.h"
#include "common/media/image_codec.h"
#include "common/media/own_label.h"
#include "common/media/video_reader.h"

namespace changeling {
namespace {

constexpr double kMicroseconds = 1e6;

/// A medium with its probe columns, and the size of its file or files.
struct Probed {
  MediaRow medium;
  std::int64_t bytes = 0;
  std::optional<std::string> fake_because = std::nullopt;  ///< of footage: what its file says
};

Probed probe_clip(MediaRow medium, const std::filesystem::path& file) {
  const VideoProbe probe = probe_video(file);
  medium.sha256 = probe.file_sha256;
  medium.stream_sha256 = probe.stream_sha256;
  medium.codec = probe.info.codec;
  medium.pix_fmt = probe.info.pixel_format;
  medium.width_px = probe.info.width_px;
  medium.height_px = probe.info.height_px;
  medium.rotation_deg = probe.info.rotation_deg;
  medium.fps_num = probe.info.frame_rate.numerator;
  medium.fps_den = probe.info.frame_rate.denominator;
  medium.is_vfr = probe.is_vfr;
  medium.n_frames = probe.frame_count_from_index;
  medium.duration_us = std::llround(probe.duration_seconds * kMicroseconds);
  medium.probe_error.reset();
  if (probe.info.is_interlaced) {
    log_warn("interlaced", {{"file", medium.rel_path}});
  }
  if (probe.decode_error_count > 0) {
    log_warn("decode_errors",
             {{"file", medium.rel_path}, {"count", std::to_string(probe.decode_error_count)}});
  }
  return {std::move(medium), probe.file_bytes, fake_by_own_words(file)};
}

Probed probe_still(MediaRow medium, const std::filesystem::path& file) {
  const Frame picture = read_image(file);
  medium.sha256 = sha256_file(file);
  medium.width_px = picture.width_px();
  medium.height_px = picture.height_px();
  medium.n_frames = 1;
  medium.probe_error.reset();
  return {std::move(medium), static_cast<std::int64_t>(std::filesystem::file_size(file)),
          fake_picture_by_own_words(file)};
}

/// The size of a sequence is that of its first frame.
Probed probe_frames(MediaRow medium, const std::filesystem::path& root,
                    const std::map<std::int64_t, std::string>& files) {
  medium.width_px.reset();
  std::optional<std::string> fake_because;
  for (const auto& [place, rel_path] : files) {
    const Frame picture = read_image(root / rel_path);
    fake_because = fake_because ? fake_because : fake_picture_by_own_words(root / rel_path);
    if (!medium.width_px) {
      medium.width_px = picture.width_px();
      medium.height_px = picture.height_px();
    }
  }
  const FrameFilesDigest digest = digest_of(root, files);
  medium.sha256 = digest.sha256;
  medium.n_frames = static_cast<std::int64_t>(files.size());
  medium.probe_error.reset();
  return {std::move(medium), digest.bytes, fake_because};
}

/// Error texts name files by their path below the corpus root: a catalog may move to another
/// machine.
std::string without_root(std::string text, const std::filesystem::path& root) {
  for (std::string prefix : {(root / "").string(), std::filesystem::absolute(root / "").string()}) {
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at)) {
      text.erase(at, prefix.size());
    }
  }
  return text;
}

/// Probes one file after another into the catalog.
class Prober {
 public:
  Prober(CorpusStore& store, const std::filesystem::path& root, ProbeSummary& summary)
      : store_(store), files_(root), summary_(summary) {}

  void probe(const MediaRow& medium) {
    const Outcome<Probed> outcome = guard<Probed>("probe", [&] {
      if (medium.kind == kFrameSequence) {
        const auto frames = frame_files(medium, store_.sightings(medium.id));
        for (const auto& [place, rel_path] : frames) {
          (void)found(rel_path, "'" + rel_path + "'");
        }
        return probe_frames(medium, files_.root(), frames);
      }
      const std::filesystem::path file = files_.root() / found(medium.rel_path, "the file");
      return medium.kind == "image" ? probe_still(medium, file) : probe_clip(medium, file);
    });
    if (const auto* probed = std::get_if<Probed>(&outcome)) {
      record(*probed);
      return;
    }
    const auto& failure = std::get<Failure>(outcome);
    if (failure.kind == ErrorKind::kResource) {  // says nothing about the file
      ++summary_.open;
      summary_.errors.emplace_back(medium.rel_path, without_root(failure.message, files_.root()));
      return;
    }
    record_error(medium, without_root(failure.message, files_.root()));
  }

 private:
  /// The path as it is on disk. Throws Error(kInput) when nothing of the corpus lies there.
  [[nodiscard]] std::string found(const std::string& rel_path, const std::string& name) const {
    CheckedPath checked = files_.check(rel_path);
    switch (checked.check) {
      case PathCheck::kFound:
        return std::move(checked.rel_path);
      case PathCheck::kMissing:
        throw Error(ErrorKind::kInput, name + " is missing");
      case PathCheck::kEscapesRoot:
        break;
    }
    throw Error(ErrorKind::kInput, name + " leads out of the corpus folder");
  }

  void record(Probed probed) {
    if (const std::optional<std::string> kind = store_.made_here(probed.medium)) {
      leave_out(probed.medium, "is a " + *kind + " of this catalog", summary_.made_here);
    } else if (probed.fake_because && probed.medium.label == "real") {
      leave_out(probed.medium, "is no footage: " + *probed.fake_because, summary_.no_footage);
    } else {
      ++summary_.probed;
    }
    store_.record_probe(probed.medium, probed.bytes);
  }

  void leave_out(MediaRow& medium, const std::string& reason, std::int64_t& count) {
    medium.probe_error = reason;
    summary_.errors.emplace_back(medium.rel_path, reason);
    ++count;
  }

  void record_error(MediaRow medium, const std::string& reason) {
    leave_out(medium, reason, summary_.broken);
    store_.record_probe(medium, 0);
  }

  CorpusStore& store_;
  CorpusFiles files_;
  ProbeSummary& summary_;
};

/// Those to probe; the others are counted.
std::vector<MediaRow> waiting_media(const CorpusStore& store, CorpusId corpus, bool retry_broken,
                                    ProbeSummary& summary) {
  std::vector<MediaRow> waiting;
  for (const MediaRow& medium : store.media(corpus)) {
    const bool is_known = medium.probe_error ? !retry_broken : medium.sha256.has_value();
    if (is_known) {
      ++summary.known;
      summary.broken_known += medium.probe_error ? 1 : 0;
    } else {
      waiting.push_back(medium);
    }
  }
  return waiting;
}

}  // namespace

ProbeSummary plan_probe(const CorpusStore& store, CorpusId corpus, const ProbeOptions& options) {
  ProbeSummary summary;
  summary.open =
      static_cast<std::int64_t>(waiting_media(store, corpus, options.retry_broken, summary).size());
  return summary;
}

ProbeSummary probe_corpus(CorpusStore& store, CorpusId corpus, const std::filesystem::path& root,
                          const ProbeOptions& options) {
  ProbeSummary summary;
  const std::vector<MediaRow> waiting = waiting_media(store, corpus, options.retry_broken, summary);
  if (waiting.empty()) {
    return summary;
  }
  if (options.on_begin) {
    options.on_begin(static_cast<std::int64_t>(waiting.size()));
  }
  Prober prober(store, root, summary);
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (options.stop_requested && options.stop_requested()) {
      summary.stopped = true;
      summary.open += static_cast<std::int64_t>(waiting.size() - i);
      break;
    }
    if (options.on_medium_begin) {
      options.on_medium_begin(waiting[i].rel_path);
    }
    prober.probe(waiting[i]);
    if (options.on_medium_end) {
      options.on_medium_end();
    }
  }
  store.add_labelled_clips(corpus);
  return summary;
}

}  // namespace changeling
