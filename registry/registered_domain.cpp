#include "registry/registered_domain.hpp"

#include <dlfcn.h>
#include <libpsl.h>

#include <algorithm>

namespace whittle::registry {
namespace {

// libpsl, loaded when a token service is on another host than its registry: hardly any command needs it.
class PublicSuffixes {
 public:
  PublicSuffixes() {
    void* const library = ::dlopen("libpsl.so.5", RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) return;
    const auto latest = reinterpret_cast<decltype(&psl_latest)>(::dlsym(library, "psl_latest"));
    registrable_ =
        reinterpret_cast<decltype(&psl_registrable_domain)>(::dlsym(library, "psl_registrable_domain"));
    free_ = reinterpret_cast<decltype(&psl_free)>(::dlsym(library, "psl_free"));
    if (latest != nullptr && registrable_ != nullptr && free_ != nullptr) list_ = latest(nullptr);
  }
  ~PublicSuffixes() {
    if (list_ != nullptr) free_(list_);
  }
  PublicSuffixes(const PublicSuffixes&) = delete;
  PublicSuffixes& operator=(const PublicSuffixes&) = delete;

  std::string registrable(const std::string& host) const {
    const char* const found = list_ == nullptr ? nullptr : registrable_(list_, host.c_str());
    return found == nullptr ? std::string() : std::string(found);
  }

 private:
  psl_ctx_t* list_ = nullptr;  // the system's if it is newer, else what is built in
  decltype(&psl_registrable_domain) registrable_ = nullptr;
  decltype(&psl_free) free_ = nullptr;
};

bool is_label(std::string_view label) {
  return !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

// Two labels at least, and a last one that no resolver reads as a number.
bool is_plain_name(std::string_view host) {
  std::size_t labels = 0;
  for (;;) {
    const auto dot = host.find('.');
    const auto label = host.substr(0, dot);
    if (!is_label(label)) return false;
    ++labels;
    if (dot == std::string_view::npos) return labels > 1 && (label[0] < '0' || label[0] > '9');
    host.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string registered_domain(std::string_view host) {
  if (!is_plain_name(host)) return {};
  static const PublicSuffixes suffixes;
  return suffixes.registrable(std::string(host));
}

}  // namespace whittle::registry
