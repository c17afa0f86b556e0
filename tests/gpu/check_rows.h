// tests/gpu/check_rows.h: named figures of the GPU programs, as text and JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace changeling {

struct FigureRow {
  std::string name;  ///< stable: "conv/3x3/1024-1024/32px/batch:8"
  double value = 0;
  std::string unit;           ///< "TFLOP/s", "frames/s", "x"
  std::string note;           ///< limit of a check, prediction of a bench; may be empty
  std::optional<bool> holds;  ///< of a check
};

/// Prints one line.
void print_row(const FigureRow& row);

/// Writes {"device":..., "torch":..., "commit":..., "rows":[...]}; nothing when `path` is empty.
void write_rows(const std::string& path, const std::string& device,
                const std::vector<FigureRow>& rows);

/// Command line of both programs.
struct GpuArguments {
  std::string device = "cuda:0";
  bool quick = false;     ///< tiny sizes: shows that the program works, not how fast it is
  std::string json_path;  ///< empty: no JSON
  std::string pack_path;  ///< empty: random pictures
};

/// [--device NAME] [--quick] [--json FILE] [--pack FILE]. Throws Error(kConfig) for anything else.
[[nodiscard]] GpuArguments parse_gpu_arguments(int argc, char** argv);

}  // namespace changeling
