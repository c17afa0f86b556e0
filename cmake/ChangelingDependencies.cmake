# Every find_package call of the project stands here, at the top level: imported targets are
# directory-scoped, so a package found in a subfolder would be missing elsewhere.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(Boost REQUIRED COMPONENTS program_options)
find_package(yaml-cpp REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(TBB REQUIRED)
find_package(OpenCV REQUIRED COMPONENTS core imgproc photo)
find_package(Torch REQUIRED)
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET GLOBAL
  libavformat libavcodec libavutil libswscale)

if(CHANGELING_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_package(rapidcheck REQUIRED)
  # The oracle of the network executor and of the image operations; no product target links it.
  find_package(OpenCV REQUIRED COMPONENTS core imgproc photo dnn)
endif()
if(CHANGELING_BUILD_BENCH)
  find_package(benchmark REQUIRED)
endif()

# One name for LibTorch, as system headers so that its warnings stay out of ours.
add_library(changeling_torch INTERFACE)
add_library(changeling::torch ALIAS changeling_torch)
target_link_libraries(changeling_torch INTERFACE torch torch_cpu c10)
target_include_directories(changeling_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
