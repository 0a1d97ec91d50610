// What others say of vulnerabilities: it is read or refused, and dismisses nothing that it does not name.
#include "common/text.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "vulnerabilities/openvex.hpp"

using namespace whittle;
using namespace whittle::vulnerabilities;

void whittle::fuzz::openvex_input(std::string_view input) {
  if (const auto url = PackageUrl::parse(input)) require(!url->name.empty(), "a package has a name");
  VexStatements statements;
  const auto read = parsed([&] {
    statements.add(input, "the input");
    return true;
  });
  if (!read) return;
  const auto digest = Digest::of(std::string_view("image"));
  Scan scan{{{}, digest, 1}, {}};
  auto& platform = scan.platforms.emplace_back(ScannedPlatform{{{}, digest, 1}, {}});
  for (const auto* id : {"CVE-2014-123456", "GO-1", "\x01 no such name"}) {
    auto& finding = platform.findings.emplace_back();
    finding.id = id;
    finding.ecosystem = "Go";
    finding.package = "golang.org/x/net";
    finding.version = "v0.5.0";
  }
  for (const auto& remark : statements.apply(scan)) require(is_utf8(remark), "a remark can be shown");
  for (const auto& finding : platform.findings)
    require(!finding.dismissal || is_utf8(finding.dismissal->reason), "a reason can be shown");
}
