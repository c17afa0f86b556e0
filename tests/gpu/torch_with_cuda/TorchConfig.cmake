# Stands for the CMake files of a LibTorch with CUDA: its targets, and where it would enable the language CUDA.
if(NOT TARGET torch::cudart)
  message(FATAL_ERROR "LibTorch enables the language CUDA")
endif()
set(Torch_VERSION 2.6)
foreach(library IN ITEMS c10 c10_cuda torch_cpu torch_cuda torch)
  add_library(${library} SHARED IMPORTED)
  set_target_properties(${library} PROPERTIES IMPORTED_LOCATION "${CMAKE_CURRENT_LIST_DIR}/lib${library}.so")
endforeach()
file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/libc10_cuda.so" "libc10.so\nlibcudart-9335f6a2.so.12\n")  # as names in a library
set_target_properties(c10_cuda PROPERTIES IMPORTED_LOCATION "${CMAKE_CURRENT_BINARY_DIR}/libc10_cuda.so")
target_link_libraries(torch_cuda INTERFACE torch::cudart torch::nvtoolsext torch_cpu)
target_link_libraries(torch INTERFACE torch_cpu torch_cuda)
set_target_properties(torch PROPERTIES CXX_STANDARD 20)
