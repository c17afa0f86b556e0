#include "generator/job/library_versions.h"

#include <nlohmann/json.hpp>
#include <opencv2/core/version.hpp>
#include <torch/version.h>

#include "common/base/build_info.h"
#include "common/media/ffmpeg_version.h"
#include "common/tensor/device.h"

namespace changeling {

std::map<std::string, std::string> library_versions() {
  return {{"changeling", std::string(project_version())},
          {"torch", TORCH_VERSION},
          {"opencv", CV_VERSION},
          {"ffmpeg", ffmpeg_version()}};
}

std::string self_report() {
  nlohmann::json report;
  report["versions"] = library_versions();
  report["torch_build"] = torch_build_summary();
  report["devices"] = nlohmann::json::array({"cpu"});
  return report.dump();
}

}  // namespace changeling
