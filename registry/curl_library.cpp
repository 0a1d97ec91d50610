#include "registry/curl_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include "common/error.hpp"
#include "common/text.hpp"

namespace whittle::registry {
namespace {

constexpr const char* file_name = "libcurl.so.4";  // its ABI since 2006

std::string reason() {
  const char* const text = ::dlerror();
  return text == nullptr ? "no reason is given" : escaped(text);
}

template <class Function>
void load(void* library, Function*& function, const char* name) {
  function = reinterpret_cast<Function*>(::dlsym(library, name));
  if (function == nullptr)
    throw Error(ErrorKind::unsupported,
                fmt::format("the libcurl that is installed is too old: {}", reason()));
}

}  // namespace

CurlLibrary::CurlLibrary() {
  // Never unloaded: some of what it brings cannot be.
  void* const library = ::dlopen(file_name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr)
    throw Error(ErrorKind::unsupported, fmt::format("registries are reached through libcurl: {}", reason()))
        .hint("install libcurl 4 (Debian: libcurl4)");
  load(library, easy_init, "curl_easy_init");
  load(library, easy_cleanup, "curl_easy_cleanup");
  load(library, easy_reset, "curl_easy_reset");
  load(library, easy_setopt, "curl_easy_setopt");
  load(library, easy_getinfo, "curl_easy_getinfo");
  load(library, easy_pause, "curl_easy_pause");
  load(library, easy_strerror, "curl_easy_strerror");
  load(library, multi_init, "curl_multi_init");
  load(library, multi_cleanup, "curl_multi_cleanup");
  load(library, multi_add_handle, "curl_multi_add_handle");
  load(library, multi_remove_handle, "curl_multi_remove_handle");
  load(library, multi_perform, "curl_multi_perform");
  load(library, multi_poll, "curl_multi_poll");
  load(library, multi_info_read, "curl_multi_info_read");
  load(library, multi_strerror, "curl_multi_strerror");
  load(library, slist_append, "curl_slist_append");
  load(library, slist_free_all, "curl_slist_free_all");
  load(library, global_cleanup_, "curl_global_cleanup");
  decltype(&curl_global_init) global_init = nullptr;
  load(library, global_init, "curl_global_init");
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    throw Error(ErrorKind::internal, "libcurl does not start");
}

CurlLibrary::~CurlLibrary() {
  global_cleanup_();
}

}  // namespace whittle::registry
