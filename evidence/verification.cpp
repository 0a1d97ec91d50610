#include "evidence/verification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "common/text.hpp"

namespace whittle::evidence {

std::size_t Verification::good() const {
  return static_cast<std::size_t>(
      std::count_if(checked.begin(), checked.end(), [](const auto& one) { return one.good(); }));
}

std::string Verification::summary() const {
  if (checked.empty()) return fmt::format("{} has no {}", subject.text(), what);
  const auto count = plural(checked.size(), what);
  if (const auto good_ones = good(); good_ones > 0) {
    std::set<std::string_view> forms;
    bool logged = false;
    for (const auto& one : checked) {
      if (one.good()) forms.insert(name_of(one.form));
      logged |= one.good() && one.has_log_entries;
    }
    std::string named;
    for (const auto form : forms) named += (named.empty() ? "" : ", ") + std::string(form);
    return fmt::format("{} of {} of {} verified ({}){}", good_ones, count, subject.text(), named,
                       logged ? "; entries of a transparency log were not checked" : "");
  }
  return fmt::format("{} of {}, none verified; the first ({}): {}", count, subject.text(),
                     name_of(checked.front().form), checked.front().problem);
}

void Verification::require_good() const {
  if (good() > 0) return;
  const bool only_unsupported =
      !checked.empty() && std::all_of(checked.begin(), checked.end(),
                                      [](const auto& one) { return one.kind == ErrorKind::unsupported; });
  throw Error(only_unsupported ? ErrorKind::unsupported : ErrorKind::unverified, summary());
}

Verification verify_each(std::string what, Digest subject, const std::vector<Attached>& all,
                         const std::function<void(const Attached&, Checked&)>& check) {
  Verification verification{std::move(what), std::move(subject)};
  for (const auto& one : all) {
    Checked checked{one.form, one.blob.digest};
    try {
      check(one, checked);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::unverified && error.kind() != ErrorKind::unsupported) throw;
      checked.problem = error.message();
      checked.kind = error.kind();
    }
    verification.checked.push_back(std::move(checked));
  }
  return verification;
}

}  // namespace whittle::evidence
