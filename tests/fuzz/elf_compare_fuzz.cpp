// Two ELF files that are compared: the input is both, one after the other.
#include "comparison/binary_difference.hpp"
#include "comparison/causes.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using whittle::binaries::MemoryAccess;

whittle::comparison::Findings compared(std::string_view a, std::string_view b) {
  whittle::comparison::Findings findings;
  whittle::comparison::compare_binaries(MemoryAccess{std::string(a)}, MemoryAccess{std::string(b)}, {"x"},
                                        findings);
  return findings;
}

}  // namespace

void whittle::fuzz::elf_compare_input(std::string_view input) {
  const auto half = input.size() / 2;
  const auto a = input.substr(0, half);
  const auto findings = compared(a, input.substr(half));
  for (const auto& finding : findings.kept())
    require(finding.where.size() == 2, "every finding is one step below the file");
  require(comparison::causes_of(findings).empty() == findings.empty(), "what differs has a cause");
  const auto with_itself = compared(a, a);
  for (const auto& finding : with_itself.kept())
    require(finding.aspect == "not-looked-into", "a file does not differ from itself");
}
