#include "generator/job/stage_dump.h"

#include <algorithm>
#include <string>
#include <variant>

#include "common/base/atomic_file.h"
#include "common/base/log.h"
#include "common/base/outcome.h"
#include "common/base/png_label.h"
#include "common/media/image_codec.h"

namespace changeling {

void write_stage_picture(const StageDump& dump, const Digest& job_key, std::int64_t frame_index,
                         std::string_view digital_source_type, const Frame& picture) {
  constexpr std::size_t kKeyDigits = 16;
  constexpr std::size_t kFrameDigits = 6;
  std::string number = std::to_string(frame_index);
  number.insert(0, kFrameDigits - std::min(kFrameDigits, number.size()), '0');
  const std::filesystem::path file =
      dump.folder / (job_key.hex().substr(0, kKeyDigits) + "-" + number + ".png");
  const Outcome<bool> written = guard<bool>("dump stages", [&] {
    write_file_atomically(file, label_png(encode_png(picture), Label::kFake, digital_source_type));
    return true;
  });
  if (const auto* failure = std::get_if<Failure>(&written)) {
    log_warn("stages_not_shown", {{"file", file.string()}, {"error", failure->message}});
  }
}

}  // namespace changeling
