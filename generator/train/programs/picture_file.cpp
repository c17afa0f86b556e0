// In builds that found libpng.
#include "generator/train/programs/picture_file.h"

#include <png.h>

#include "common/base/error.h"

namespace changeling {

std::string make_png(const Frame& picture) {
  CHANGELING_REQUIRE(picture.format() == PixelFormat::kRgb24, "a sample picture is RGB");
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width_px());
  image.height = static_cast<png_uint_32>(picture.height_px());
  image.format = PNG_FORMAT_RGB;
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
  png_alloc_size_t size = bytes.size();
  if (png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.data(), 0, nullptr) == 0) {
    throw Error(ErrorKind::kInternal, std::string("cannot make a PNG: ") + image.message);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace changeling
