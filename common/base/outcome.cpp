#include "common/base/outcome.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <new>
#include <system_error>
#include <vector>

#include "common/base/disk_refusal.h"
#include "common/base/shortage.h"

namespace changeling {
namespace {

/// TBB throws a bare runtime_error where it cannot start a thread.
bool tells_of_a_shortage(std::string_view message) {
  const std::string_view reason = std::strerror(EAGAIN);
  return message.size() >= reason.size() &&
         message.substr(message.size() - reason.size()) == reason;
}

std::vector<ExceptionTranslator>& translators() {
  static std::vector<ExceptionTranslator> list;
  return list;
}

Failure to_failure(const std::system_error& error, const std::string& stage) {
  const std::error_code& code = error.code();
  const bool is_errno =
      code.category() == std::generic_category() || code.category() == std::system_category();
  const bool is_refusal = is_errno && is_disk_refusal(code.value());
  const bool is_resource = is_refusal || (is_errno && is_shortage(code.value()));
  return {is_resource ? ErrorKind::kResource : ErrorKind::kInput,
          stage,
          error.what(),
          is_resource,
          is_refusal,
          is_errno && lacks_descriptors(code.value())};
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
  } catch (const DescriptorShortage& error) {
    return {error.kind(), stage_name, error.what(), true, false, true};
  } catch (const Error& error) {
    return {error.kind(), stage_name, error.what(), error.retryable()};
  } catch (const std::bad_alloc&) {
    return {ErrorKind::kResource, stage_name, "out of memory", true};
  } catch (const std::system_error& error) {  // filesystem_error included
    return to_failure(error, stage_name);
  } catch (const std::exception& error) {
    const bool is_short = tells_of_a_shortage(error.what());
    return {is_short ? ErrorKind::kResource : ErrorKind::kInternal, stage_name, error.what(),
            is_short};
  } catch (...) {
    return {ErrorKind::kInternal, stage_name, "unknown exception", false};
  }
}

}  // namespace changeling
