#include "evaluator/metrics/retrieval.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "common/base/error.h"

namespace changeling {
namespace {

auto key_of(const GalleryVideo& entry) {
  return std::tuple(entry.subject, entry.video);
}

}  // namespace

Gallery::Gallery(std::vector<GalleryVideo> videos, MatchOn match)
    : videos_(std::move(videos)), match_(match) {
  std::sort(videos_.begin(), videos_.end(),
            [](const GalleryVideo& a, const GalleryVideo& b) { return key_of(a) < key_of(b); });
  for (std::size_t i = 0; i < videos_.size(); ++i) {
    CHANGELING_REQUIRE(!videos_[i].mean.empty(), "a gallery needs embeddings");
    CHANGELING_REQUIRE(i == 0 || key_of(videos_[i - 1]) != key_of(videos_[i]),
                       "a video stands in the gallery twice");
    size_ += match_ == MatchOn::kVideo || i == 0 || videos_[i - 1].subject != videos_[i].subject;
  }
}

bool Gallery::is_wanted(const GalleryVideo& entry, std::int64_t video, std::int64_t subject) const {
  return entry.subject == subject && (match_ == MatchOn::kSubject || entry.video == video);
}

bool Gallery::has(std::int64_t video, std::int64_t subject) const {
  return std::any_of(videos_.begin(), videos_.end(),
                     [&](const GalleryVideo& entry) { return is_wanted(entry, video, subject); });
}

std::int64_t Gallery::rank(const Embedding& query, std::int64_t video, std::int64_t subject) const {
  CHANGELING_REQUIRE(has(video, subject), "the gallery lacks what is looked for");
  constexpr double kLeast = -std::numeric_limits<double>::infinity();
  double wanted = kLeast;
  std::vector<double> others;  // one a candidate
  for (std::size_t i = 0; i < videos_.size(); ++i) {
    const double similarity = cosine(query, videos_[i].mean);
    if (is_wanted(videos_[i], video, subject)) {
      wanted = std::max(wanted, similarity);
    } else if (match_ == MatchOn::kSubject && i > 0 &&
               videos_[i - 1].subject == videos_[i].subject) {
      others.back() = std::max(others.back(), similarity);
    } else {
      others.push_back(similarity);
    }
  }
  return 1 + std::count_if(others.begin(), others.end(),
                           [&](double similarity) { return !(similarity < wanted); });
}

}  // namespace changeling
