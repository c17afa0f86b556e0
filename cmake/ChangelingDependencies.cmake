# Every find_package call of the project stands here, at the top level: imported targets are
# directory-scoped, so a package found in a subfolder would be missing elsewhere.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)  # common/tensor/parallel.h, catalog/export/close_looks.cpp
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
# Where libcrypto is an archive (script/gpu-deps), a libssl that LibTorch brings along must not find its symbols.
set_property(TARGET OpenSSL::Crypto APPEND PROPERTY INTERFACE_LINK_OPTIONS LINKER:--exclude-libs,libcrypto.a)
find_package(nlohmann_json REQUIRED)
# Nothing here is written in CUDA, but the CMake files of a LibTorch with CUDA would enable that language, which fails where nvcc
# is a script in another folder or does not know the compiler or the C library. They leave it where torch::cudart is there already.
add_library(torch::cudart INTERFACE IMPORTED GLOBAL)
if(CHANGELING_WITH_CUDA)
  find_package(CUDAToolkit REQUIRED)
  target_link_libraries(torch::cudart INTERFACE CUDA::cudart)
endif()
find_package(Torch REQUIRED)
if(TARGET torch_cuda)  # what else it names (torch::nvtoolsext) its library finds by itself when it is loaded
  get_target_property(torch_cuda_links torch_cuda INTERFACE_LINK_LIBRARIES)
  foreach(link IN LISTS torch_cuda_links)
    if(link MATCHES "^[A-Za-z0-9_]+::[A-Za-z0-9_]+$" AND NOT TARGET ${link})
      add_library(${link} INTERFACE IMPORTED GLOBAL)
    endif()
  endforeach()
endif()
# LibTorch's target names the standard that its headers need: C++20 from 2.12 on.
get_target_property(torch_standard torch CXX_STANDARD)
if(torch_standard GREATER CMAKE_CXX_STANDARD)
  set(CMAKE_CXX_STANDARD ${torch_standard})
endif()
# PyTorch's wheels up to 2.6 have the old strings of the C++ library, which all that is linked with them must have, too.
set(changeling_old_strings OFF)
if("${TORCH_CXX_FLAGS}" MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
  set(changeling_old_strings ON)
  add_compile_definitions(_GLIBCXX_USE_CXX11_ABI=0)
endif()
if(CHANGELING_WITH_CUDA)
  if(NOT TARGET torch_cuda)
    message(FATAL_ERROR "LibTorch in '${TORCH_INSTALL_PREFIX}' was built without CUDA (use the preset torch-only, or --device cpu)")
  endif()
  if(Torch_VERSION VERSION_LESS 2.1)
    message(FATAL_ERROR "LibTorch ${Torch_VERSION} has no bfloat16 kernels on CUDA for these networks; 2.1 or newer is needed")
  endif()
  # LibTorch's CMake files do not tell its CUDA, but its library names the runtime that it needs; ours must not be a second one.
  get_target_property(c10_cuda_file c10_cuda LOCATION)
  file(STRINGS "${c10_cuda_file}" torch_cudart REGEX "^libcudart[^/]*\\.so\\.[0-9]+" LIMIT_COUNT 1)
  if(CUDAToolkit_VERSION_MAJOR AND torch_cudart MATCHES "\\.so\\.([0-9]+)" AND NOT CMAKE_MATCH_1 EQUAL CUDAToolkit_VERSION_MAJOR)
    message(FATAL_ERROR "LibTorch in '${TORCH_INSTALL_PREFIX}' was built for CUDA ${CMAKE_MATCH_1}, the toolkit in '${CUDAToolkit_INCLUDE_DIRS}' is of CUDA ${CUDAToolkit_VERSION} (name another one by CUDAToolkit_ROOT)")
  endif()
endif()

if(CHANGELING_WITH_MEDIA)
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET GLOBAL
    libavformat libavcodec libavutil libswscale)
endif()
if(CHANGELING_WITH_CATALOG)
  find_package(Boost CONFIG REQUIRED COMPONENTS program_options)
  find_package(yaml-cpp REQUIRED)
  find_package(SQLite3 REQUIRED)
  find_package(SQLiteCpp REQUIRED)
  find_package(LibArchive REQUIRED)
  find_package(TBB REQUIRED)
  pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET GLOBAL cpp-httplib)
endif()
if(CHANGELING_WITH_OPENCV)
  find_package(OpenCV REQUIRED COMPONENTS core imgproc photo quality video)
endif()

find_package(PNG QUIET)  # sample pictures of gpu_train, which has no OpenCV

# A machine with LibTorch alone builds the tests and benches whose libraries it has.
set(test_packages REQUIRED)
if(NOT CHANGELING_WITH_PROGRAMS)
  set(test_packages QUIET)
endif()
if(CHANGELING_BUILD_TESTS AND changeling_old_strings AND NOT CHANGELING_WITH_PROGRAMS)
  message(STATUS "No tests: the libraries of script/gpu-deps have the new strings, this LibTorch has the old ones")
elseif(CHANGELING_BUILD_TESTS)
  find_package(GTest ${test_packages})
  find_package(rapidcheck ${test_packages})
  if(CHANGELING_WITH_OPENCV)
    # The oracle of the network executor and of the image operations; no product target links it.
    find_package(OpenCV REQUIRED COMPONENTS core imgproc photo quality video dnn)
  endif()
endif()
if(CHANGELING_BUILD_BENCH AND NOT changeling_old_strings)
  find_package(benchmark ${test_packages})
endif()

# fmt and spdlog as headers: their shared libraries are one dependency more on a GPU machine.
find_path(FMT_INCLUDE_DIR fmt/format.h REQUIRED)
find_path(SPDLOG_INCLUDE_DIR spdlog/spdlog.h REQUIRED)
add_library(changeling_fmt INTERFACE)
target_include_directories(changeling_fmt SYSTEM INTERFACE ${FMT_INCLUDE_DIR})
target_compile_definitions(changeling_fmt INTERFACE FMT_HEADER_ONLY)
add_library(changeling_spdlog INTERFACE)
target_include_directories(changeling_spdlog SYSTEM INTERFACE ${SPDLOG_INCLUDE_DIR})
target_compile_definitions(changeling_spdlog INTERFACE SPDLOG_FMT_EXTERNAL)
target_link_libraries(changeling_spdlog INTERFACE changeling_fmt Threads::Threads)

# One name for LibTorch, as system headers so that its warnings stay out of ours.
add_library(changeling_torch INTERFACE)
add_library(changeling::torch ALIAS changeling_torch)
target_link_libraries(changeling_torch INTERFACE torch torch_cpu c10)
target_include_directories(changeling_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
if(TARGET torch_cuda)  # the linker need not find cuDNN and the like, which are Python packages beside a wheel's LibTorch
  target_link_options(changeling_torch INTERFACE LINKER:--allow-shlib-undefined)
endif()
if(CHANGELING_WITH_CUDA)
  target_link_libraries(changeling_torch INTERFACE torch_cuda c10_cuda CUDA::cudart)
  target_compile_definitions(changeling_torch INTERFACE CHANGELING_WITH_CUDA)
endif()
