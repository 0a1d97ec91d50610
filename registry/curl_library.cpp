#include "registry/curl_library.hpp"

#include "common/error.hpp"
#include "common/loaded_library.hpp"

namespace whittle::registry {

CurlLibrary::CurlLibrary() {
  const LoadedLibrary library("libcurl.so.4", "registries are reached through libcurl", "libcurl4");
  library.find(easy_init, "curl_easy_init");
  library.find(easy_cleanup, "curl_easy_cleanup");
  library.find(easy_reset, "curl_easy_reset");
  library.find(easy_setopt, "curl_easy_setopt");
  library.find(easy_getinfo, "curl_easy_getinfo");
  library.find(easy_pause, "curl_easy_pause");
  library.find(easy_strerror, "curl_easy_strerror");
  library.find(multi_init, "curl_multi_init");
  library.find(multi_cleanup, "curl_multi_cleanup");
  library.find(multi_add_handle, "curl_multi_add_handle");
  library.find(multi_remove_handle, "curl_multi_remove_handle");
  library.find(multi_perform, "curl_multi_perform");
  library.find(multi_poll, "curl_multi_poll");
  library.find(multi_info_read, "curl_multi_info_read");
  library.find(multi_strerror, "curl_multi_strerror");
  library.find(slist_append, "curl_slist_append");
  library.find(slist_free_all, "curl_slist_free_all");
  library.find(global_cleanup_, "curl_global_cleanup");
  decltype(&curl_global_init) global_init = nullptr;
  library.find(global_init, "curl_global_init");
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    throw Error(ErrorKind::internal, "libcurl does not start");
}

CurlLibrary::~CurlLibrary() {
  global_cleanup_();
}

}  // namespace whittle::registry
