#include "common/base/outcome.h"

#include <filesystem>
#include <new>
#include <system_error>
#include <vector>

#include "common/base/disk_refusal.h"

namespace changeling {
namespace {

std::vector<ExceptionTranslator>& translators() {
  static std::vector<ExceptionTranslator> list;
  return list;
}

Failure to_failure(const std::system_error& error, const std::string& stage) {
  const std::error_code& code = error.code();
  const bool is_errno =
      code.category() == std::generic_category() || code.category() == std::system_category();
  const bool is_refusal = is_errno && is_disk_refusal(code.value());
  const bool is_resource =
      is_refusal || code == std::errc::not_enough_memory ||
      code == std::errc::too_many_files_open ||
      code == std::errc::resource_unavailable_try_again;  // no thread more may be started
  return {is_resource ? ErrorKind::kResource : ErrorKind::kInput, stage, error.what(), is_resource,
          is_refusal};
}

}  // namespace

std::string_view to_string(RejectReason reason) {
  switch (reason) {
    case RejectReason::kNoFace:
      return "no_face";
    case RejectReason::kFaceSmall:
      return "face_small";
    case RejectReason::kTrackShort:
      return "track_short";
    case RejectReason::kPoseGap:
      return "pose_gap";
    case RejectReason::kPoseOutOfRange:
      return "pose_out_of_range";
    case RejectReason::kBlurred:
      return "blurred";
    case RejectReason::kSubjectNotFound:
      return "subject_not_found";
  }
  return "unknown";
}

void register_exception_translator(ExceptionTranslator translator) {
  translators().push_back(std::move(translator));
}

Failure describe_current_exception(std::string_view stage) {
  const std::string stage_name(stage);
  for (const ExceptionTranslator& translate : translators()) {
    if (std::optional<Failure> failure = translate()) {
      failure->stage = stage_name;
      return *failure;
    }
  }
  try {
    throw;
  } catch (const DiskRefusal& error) {
    return {error.kind(), stage_name, error.what(), true, true};
  } catch (const Error& error) {
    return {error.kind(), stage_name, error.what(), error.retryable()};
  } catch (const std::bad_alloc&) {
    return {ErrorKind::kResource, stage_name, "out of memory", true};
  } catch (const std::system_error& error) {  // filesystem_error included
    return to_failure(error, stage_name);
  } catch (const std::exception& error) {
    return {ErrorKind::kInternal, stage_name, error.what(), false};
  } catch (...) {
    return {ErrorKind::kInternal, stage_name, "unknown exception", false};
  }
}

}  // namespace changeling
