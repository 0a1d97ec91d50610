#include "common/loaded_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle {
namespace {

std::string reason() {
  const char* const text = ::dlerror();
  return text == nullptr ? "no reason is given" : escaped(text);
}

}  // namespace

LoadedLibrary::LoadedLibrary(const char* file, std::string_view use, std::string_view debian_package)
    : handle_(::dlopen(file, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE)), file_(file) {
  if (handle_ == nullptr)
    throw Error(ErrorKind::unsupported, fmt::format("{}: {}", use, reason()))
        .hint(fmt::format("install it (Debian: {})", debian_package));
}

void* LoadedLibrary::symbol(const char* name) const {
  void* const found = ::dlsym(handle_, name);
  if (found == nullptr)
    throw Error(ErrorKind::unsupported,
                fmt::format("the {} that is installed is too old: {}", file_, reason()));
  return found;
}

}  // namespace whittle
