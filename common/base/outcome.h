// common/base/outcome.h: results of one item of a run: a value, an expected refusal, or a failure.
// Layer 0. Exceptions end at guard(); everything above it handles values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/base/error.h"

namespace changeling {

/// Why an item was refused without any error. Spelling in the catalog: to_string.
enum class RejectReason {
  kNoFace,           ///< no face anywhere in the clip, or none that a swap would be seen on
  kFaceSmall,        ///< median face side below the configured minimum
  kTrackShort,       ///< fewer usable frames than the configured minimum
  kPoseGap,          ///< source poses do not cover the target's
  kPoseOutOfRange,   ///< target turned too far for the method
  kBlurred,          ///< sharpness below the configured percentile
  kSubjectNotFound,  ///< no track could be tied to the corpus subject
};

[[nodiscard]] std::string_view to_string(RejectReason reason);

/// An expected refusal; counted in reports, never an error.
struct Rejected {
  RejectReason reason;
  std::string detail;
};

/// An exception turned into data at an item boundary.
struct Failure {
  ErrorKind kind = ErrorKind::kInternal;
  std::string stage;
  std::string message;
  bool retryable = false;
  bool is_disk_refusal = false;    ///< a DiskRefusal: not the item's own fault
  bool lacks_descriptors = false;  ///< a DescriptorShortage: nor is this
};

/// A value, a refusal or a failure.
template <typename T>
using Outcome = std::variant<T, Rejected, Failure>;

/// Turns the exception in flight into a Failure, or nothing when it does not know the type. Upper
/// layers register translators for the libraries they use (c10::Error, cv::Exception, ...).
using ExceptionTranslator = std::function<std::optional<Failure>()>;

/// Adds a translator, tried in order of registration before the built-in ones. Call at program
/// start only.
void register_exception_translator(ExceptionTranslator translator);

/// Describes the exception in flight; call inside a catch block only.
[[nodiscard]] Failure describe_current_exception(std::string_view stage);

/// Runs `fn` and turns any exception into a Failure of `stage`. `fn` returns T or Outcome<T>.
template <typename T, typename Fn>
[[nodiscard]] Outcome<T> guard(std::string_view stage, Fn&& fn) {
  try {
    return std::forward<Fn>(fn)();
  } catch (...) {
    return describe_current_exception(stage);
  }
}

}  // namespace changeling
