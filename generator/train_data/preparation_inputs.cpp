#include "generator/train_data/preparation_inputs.h"

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "common/base/digest.h"
#include "common/clips/cached_analyses.h"

namespace changeling {
namespace {

using Json = nlohmann::json;

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

/// Paths of media need not be UTF-8.
std::string text_of(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Who is seen where in a medium: that others are decides, too, whose a face is.
Json places_in(const MediaRow& medium, const PlannedSequence& sequence,
               const CorpusStore& corpora) {
  Json places = Json::array();
  for (const SightingRow& sighting : corpora.sightings(medium.id)) {
    places.push_back({sighting.subject_id == sequence.subject.id, sighting.ext_sighting_id,
                      sighting.frame, or_null(sighting.x), or_null(sighting.y), or_null(sighting.w),
                      or_null(sighting.h)});
  }
  return places;
}

Json analyses_of(const MediaRow& medium, const CorpusStore& corpora, const BlobStore& blobs) {
  Json digests = Json::array();
  for (const Digest& digest : cached_analysis_blobs(corpora, blobs, medium)) {
    digests.push_back(digest.hex());
  }
  return digests;
}

}  // namespace

Digest preparation_inputs(const SequencePlan& plan, const PrepareOptions& options,
                          const CorpusStore& corpora, const BlobStore& blobs) {
  Sha256 inputs;
  inputs.update_field(
      text_of({sha256_file("/proc/self/exe").hex(), plan.leaking_media, options.resolution_px,
               options.crop_scale, options.landmarks, options.masks, options.min_face_px,
               options.min_sharpness, options.min_mask_share, options.min_frames,
               options.frames.max_frames, options.frames.min_spacing}));
  bool needs_networks = false;
  for (const PlannedSequence& sequence : plan.sequences) {
    needs_networks = needs_networks || !sequence.is_video();
    inputs.update_field(text_of({sequence.corpus.root_alias, sequence.part, sequence.person(),
                                 sequence.video, sequence.media.size()}));
    for (const MediaRow& medium : sequence.media) {
      const PackTerms terms = terms_of(sequence.corpus, medium);
      inputs.update_field(
          text_of({medium.kind, medium.rel_path, medium.sha256 ? medium.sha256->hex() : "",
                   or_null(medium.probe_error), terms.licence, terms.consent_basis,
                   terms.redistributable, places_in(medium, sequence, corpora),
                   sequence.is_video() ? analyses_of(medium, corpora, blobs) : Json()}));
    }
  }
  if (needs_networks) {
    inputs.update_field(FaceFinder::networks(options.models_dir).hex());
  }
  return inputs.finish();
}

}  // namespace changeling
