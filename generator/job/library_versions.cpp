#include "generator/job/library_versions.h"

#include <nlohmann/json.hpp>
#include <opencv2/core/version.hpp>
extern "C" {
#include <libavutil/avutil.h>
}

#include <torch/version.h>

#include "common/base/build_info.h"
#include "common/tensor/device.h"

namespace changeling {

std::map<std::string, std::string> library_versions() {
  return {{"changeling", std::string(project_version())},
          {"torch", TORCH_VERSION},
          {"opencv", CV_VERSION},
          {"ffmpeg", av_version_info()}};
}

std::string self_report() {
  nlohmann::json report;
  report["versions"] = library_versions();
  report["torch_build"] = torch_build_summary();
  report["devices"] = nlohmann::json::array({"cpu"});
  return report.dump();
}

}  // namespace changeling
