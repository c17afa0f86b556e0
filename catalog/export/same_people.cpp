#include "catalog/export/same_people.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "catalog/export/close_looks.h"
#include "common/base/error.h"
#include "common/face/face_types.h"

namespace changeling {
namespace {

FaceTrack read_face(const BlobStore& blobs, const TrackRow& track, const MediaRow& medium) {
  const std::optional<std::string> bytes = blobs.find(track.boxes_sha256);
  if (!bytes) {
    throw Error(ErrorKind::kCatalog,
                "the face tracks of '" + medium.rel_path +
                    "' are missing or damaged (run 'changeling generate analyze')");
  }
  return deserialize_track(*bytes);
}

/// "train and val".
std::string joined(const std::set<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : " and ") + part;
  }
  return text;
}

}  // namespace

std::vector<PersonLook> load_looks(const CorpusStore& corpora, const BlobStore& blobs,
                                   const std::set<MediaId>& media,
                                   const std::set<SubjectId>& people) {
  std::vector<PersonLook> looks;
  for (const MediaId medium : media) {
    const std::vector<TrackRow> tracks = corpora.tracks(medium);
    if (tracks.empty()) {
      continue;
    }
    const MediaRow row = corpora.media_by_id(medium);
    if (row.label != "real" || row.probe_error) {
      continue;  // a fake's face is not that of the person it names
    }
    std::set<SubjectId> seen;
    for (const TrackRow& track : tracks) {
      if (track.subject_id && people.count(*track.subject_id) > 0 &&
          seen.insert(*track.subject_id).second) {
        FaceTrack face = read_face(blobs, track, row);
        looks.push_back({*track.subject_id, medium, std::move(face.identity)});
      }
    }
  }
  return looks;
}

std::vector<PersonLook> load_all_looks(const CorpusStore& corpora, const BlobStore& blobs,
                                       const std::set<SubjectId>& people) {
  const std::set<MediaId> withdrawn = corpora.withdrawn_media();
  std::set<MediaId> media;
  for (const CorpusRow& corpus : corpora.corpora()) {
    for (const MediaRow& medium : corpora.media(corpus.id)) {
      if (withdrawn.count(medium.id) == 0) {
        media.insert(medium.id);
      }
    }
  }
  return load_looks(corpora, blobs, media, people);
}

std::vector<SamePeople> find_same_people(const std::vector<PersonLook>& looks, double min_cosine) {
  std::vector<const std::vector<float>*> identities;
  identities.reserve(looks.size());
  for (const PersonLook& look : looks) {
    identities.push_back(&look.identity);
  }
  std::map<std::pair<SubjectId, SubjectId>, double> closest;
  visit_close_looks(identities, min_cosine, [&](const CloseLooks& close) {
    const SubjectId a = looks[close.first].subject, b = looks[close.second].subject;
    if (a != b) {
      double& known = closest.emplace(std::minmax(a, b), close.cosine).first->second;
      known = std::max(known, close.cosine);
    }
  });
  std::vector<SamePeople> found;
  for (const auto& [people, cosine] : closest) {
    found.push_back({people.first, people.second, cosine});
  }
  return found;
}

std::vector<std::string> find_people_apart(const std::vector<PersonLook>& looks,
                                           const std::map<MediaId, std::set<std::string>>& parts,
                                           double min_cosine) {
  std::map<SubjectId, std::set<std::string>> parts_of;
  for (const PersonLook& look : looks) {
    const std::set<std::string>& its = parts.at(look.media);
    parts_of[look.subject].insert(its.begin(), its.end());
  }
  std::vector<std::string> found;
  for (const SamePeople& same : find_same_people(looks, min_cosine)) {
    const std::set<std::string>&a = parts_of.at(same.first), &b = parts_of.at(same.second);
    if (a == b && a.size() == 1) {
      continue;
    }
    char figure[16];
    std::snprintf(figure, sizeof figure, "%.3f", same.cosine);
    found.push_back("subject " + std::to_string(same.first.value) + " of " + joined(a) +
                    " and subject " + std::to_string(same.second.value) + " of " + joined(b) +
                    " look like one person (cosine " + figure + ")");
  }
  return found;
}

}  // namespace changeling
