#include "vulnerabilities/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "vulnerabilities/ecosystem.hpp"

namespace whittle::vulnerabilities {
namespace {

// Of what is unknown nobody knows whether it is bad: behind what is known to be.
int rank_of(Severity severity) {
  constexpr std::array order = {Severity::critical, Severity::high, Severity::unknown,
                                Severity::medium,   Severity::low,  Severity::none};
  return static_cast<int>(std::find(order.begin(), order.end(), severity) - order.begin());
}

bool is_of_go_itself(const Finding& finding) {
  return finding.package == "stdlib" || finding.package == "toolchain";
}

}  // namespace

std::string_view name_of(Presence presence) {
  switch (presence) {
    case Presence::not_linked:
      return "not-linked";
    case Presence::installed:
      return "installed";
    case Presence::unknown:
      return "unknown";
    case Presence::linked:
      return "linked";
  }
  return {};
}

Presence Finding::presence() const {
  auto most = Presence::not_linked;
  for (const auto& location : locations) most = std::max(most, location.presence);
  return most;
}

std::string Finding::version_text(const std::string& text) const {
  if (text.empty() || ecosystem != go_ecosystem) return text;
  const auto plain = text.starts_with("v") ? text.substr(1) : text;
  return (is_of_go_itself(*this) ? "go" : "v") + plain;
}

std::string Finding::remedy() const {
  if (fixed.empty()) return {};
  const auto mended = version_text(fixed);
  if (ecosystem != go_ecosystem) return fmt::format("upgrade to {}", mended);
  if (is_of_go_itself(*this)) return fmt::format("build with {}", mended);
  return fmt::format("go get {}@{}", package, mended);
}

void sort_findings(std::vector<Finding>& findings) {
  const auto key = [](const Finding& finding) {
    return std::tuple(!finding.counts(), rank_of(finding.severity), std::cref(finding.id),
                      std::cref(finding.package), std::cref(finding.version));
  };
  std::sort(findings.begin(), findings.end(), [&](const Finding& a, const Finding& b) {
    const auto left = key(a);
    const auto right = key(b);
    return std::tie(std::get<0>(left), std::get<1>(left), std::get<2>(left).get(), std::get<3>(left).get(),
                    std::get<4>(left).get()) < std::tie(std::get<0>(right), std::get<1>(right),
                                                        std::get<2>(right).get(), std::get<3>(right).get(),
                                                        std::get<4>(right).get());
  });
}

}  // namespace whittle::vulnerabilities
