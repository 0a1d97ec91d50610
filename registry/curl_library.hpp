// libcurl, loaded when the first registry is asked. Debian's build of it brings some thirty libraries with it
// (Kerberos, LDAP, RTMP, SSH); linking them takes longer than most local commands of whittle take.
#pragma once

#include <curl/curl.h>

namespace whittle::registry {

// The functions in use, each as curl.h declares it. libcurl's own state is set up as long as an object lives;
// the library itself stays loaded to the end of the process. Thread-safe.
class CurlLibrary {
 public:
  // Error(unsupported) when the library is not there or lacks a function.
  CurlLibrary();
  ~CurlLibrary();
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;

  decltype(&curl_easy_init) easy_init = nullptr;
  decltype(&curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&curl_easy_reset) easy_reset = nullptr;
  decltype(&curl_easy_setopt) easy_setopt = nullptr;
  decltype(&curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&curl_easy_pause) easy_pause = nullptr;
  decltype(&curl_easy_strerror) easy_strerror = nullptr;
  decltype(&curl_multi_init) multi_init = nullptr;
  decltype(&curl_multi_cleanup) multi_cleanup = nullptr;
  decltype(&curl_multi_add_handle) multi_add_handle = nullptr;
  decltype(&curl_multi_remove_handle) multi_remove_handle = nullptr;
  decltype(&curl_multi_perform) multi_perform = nullptr;
  decltype(&curl_multi_poll) multi_poll = nullptr;
  decltype(&curl_multi_info_read) multi_info_read = nullptr;
  decltype(&curl_multi_strerror) multi_strerror = nullptr;
  decltype(&curl_slist_append) slist_append = nullptr;
  decltype(&curl_slist_free_all) slist_free_all = nullptr;

 private:
  decltype(&curl_global_cleanup) global_cleanup_ = nullptr;
};

}  // namespace whittle::registry
