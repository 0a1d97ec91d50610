#include "comparison/binary_difference.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>

#include "binaries/build_info.hpp"
#include "binaries/dwarf_units.hpp"
#include "binaries/elf.hpp"
#include "binaries/elf_notes.hpp"
#include "binaries/embedded_paths.hpp"
#include "binaries/go_functions.hpp"
#include "common/error.hpp"
#include "comparison/build_info_difference.hpp"
#include "comparison/function_difference.hpp"
#include "comparison/section_difference.hpp"

namespace whittle::comparison {
namespace {

using binaries::Elf;
using binaries::RandomAccess;
using Value = std::optional<std::string>;

// Both files and what they share: a place for findings, and how to go on when a part is broken.
class BinaryComparison {
 public:
  BinaryComparison(const RandomAccess& a, const RandomAccess& b, const Where& where, Findings& findings)
      : a_(a), b_(b), where_(where), findings_(findings) {}

  void run() {
    const auto elf_a = read("the file in A", [&] { return binaries::read_elf(a_); });
    const auto elf_b = read("the file in B", [&] { return binaries::read_elf(b_); });
    if (!elf_a || !elf_b) return;
    compare_headers(*elf_a, *elf_b);
    const auto info_a = build_info("A", a_, *elf_a);
    const auto info_b = build_info("B", b_, *elf_b);
    compare_build_info(info_a, info_b, where_, findings_);
    attempt("notes", [&] { compare_notes(*elf_a, *elf_b); });
    attempt("debug information", [&] { compare_debug_info(*elf_a, *elf_b); });
    attempt("sections", [&] { compare_sections({a_, *elf_a}, {b_, *elf_b}, where_, findings_); });
    compare_go_code(*elf_a, *elf_b, PackageOrigins(info_a ? info_a : info_b));
  }

 private:
  void add(std::string step, const char* aspect, Value a, Value b, std::string note = {}) {
    if (a == b && note.empty()) return;
    findings_.add({below(where_, std::move(step)), aspect, std::move(a), std::move(b), std::move(note)});
  }

  // Runs `work`; what is broken, of an unknown form or too much becomes a finding.
  bool attempt(const std::string& part, const std::function<void()>& work) {
    try {
      work();
      return true;
    } catch (const Error& error) {
      const auto kind = error.kind();
      if (kind != ErrorKind::integrity && kind != ErrorKind::limit && kind != ErrorKind::unsupported) throw;
      add(part, "not-looked-into", {}, {}, error.message());
      return false;
    }
  }
  template <class Read>
  auto read(const std::string& part, const Read& how) -> std::optional<decltype(how())> {
    std::optional<decltype(how())> result;
    attempt(part, [&] { result.emplace(how()); });
    return result;
  }

  std::optional<binaries::BuildInfo> build_info(const char* side, const RandomAccess& file, const Elf& elf) {
    auto info = read(fmt::format("build information in {}", side),
                     [&] { return binaries::read_build_info(file, elf); });
    return info ? std::move(*info) : std::nullopt;
  }

  void compare_headers(const Elf& a, const Elf& b) {
    const auto form = [](const Elf& elf) {
      return fmt::format("machine {}, {} bits, {}-endian", elf.machine, elf.is_64_bit ? 64 : 32,
                         elf.is_little_endian ? "little" : "big");
    };
    add("machine", "machine", form(a), form(b));
    const auto type = [](const Elf& elf) -> std::string {
      constexpr std::uint16_t fixed = 2, shared = 3;
      if (elf.type == fixed) return "executable at a fixed address";
      return elf.type == shared ? "position-independent" : fmt::format("type {}", elf.type);
    };
    add("ELF type", "elf-type", type(a), type(b));
    attempt("loader", [&] {
      add("loader", "loader", binaries::interpreter_of(a_, a), binaries::interpreter_of(b_, b));
      const auto libraries = [](const RandomAccess& file, const Elf& elf) -> Value {
        const auto names = binaries::needed_libraries(file, elf);
        return names.empty() ? Value() : fmt::format("{}", fmt::join(names, " "));
      };
      add("needed libraries", "libraries", libraries(a_, a), libraries(b_, b));
    });
  }

  void compare_notes(const Elf& a, const Elf& b) {
    const auto ids_a = binaries::build_ids(a_, a);
    const auto ids_b = binaries::build_ids(b_, b);
    add("Go build ID", "build-id", ids_a.go, ids_b.go);
    add("GNU build ID", "build-id", ids_a.gnu, ids_b.gnu);
  }

  void compare_debug_info(const Elf& a, const Elf& b) {
    const auto symbols = [](const Elf& elf) -> Value {
      return elf.section(".symtab") == nullptr ? Value() : Value("present");
    };
    add("symbol table", "symbol-table", symbols(a), symbols(b));
    const auto info_a = binaries::read_debug_info(a_, a);
    const auto info_b = binaries::read_debug_info(b_, b);
    const auto kind = [](const binaries::DebugInfo& info) -> Value {
      return info.present ? Value(info.compressed ? "DWARF, compressed" : "DWARF") : Value();
    };
    add("debug information", "debug-info", kind(info_a), kind(info_b));
    if (!info_a.present || !info_b.present) return;
    const auto texts = [](const std::set<std::string>& all) -> Value {
      return all.empty() ? Value() : fmt::format("{}", fmt::join(all, "; "));
    };
    add("compilers", "debug-producer", texts(info_a.producers), texts(info_b.producers));
    add("compiled in", "debug-folder", texts(info_a.folders), texts(info_b.folders));
  }

  void compare_go_code(const Elf& a, const Elf& b, const PackageOrigins& origins) {
    const auto table = [this](const char* side, const RandomAccess& file, const Elf& elf) {
      auto functions =
          read(fmt::format("functions in {}", side), [&] { return binaries::GoFunctions::read(file, elf); });
      return functions ? std::move(*functions) : std::nullopt;
    };
    const auto functions_a = table("A", a_, a);
    const auto functions_b = table("B", b_, b);
    if (!functions_a || !functions_b) return;
    compare_paths(*functions_a, *functions_b);
    if (a.machine != b.machine) return;  // nothing would be equal
    attempt("functions", [&] {
      compare_functions({a_, a, *functions_a}, {b_, b, *functions_b}, origins, where_, findings_);
    });
  }

  void compare_paths(const binaries::GoFunctions& a, const binaries::GoFunctions& b) {
    const auto roots_a = binaries::embedded_roots(a);
    const auto roots_b = binaries::embedded_roots(b);
    static constexpr std::array<const char*, 3> names = {"folder of Go", "module cache",
                                                         "folder of the sources"};
    for (std::size_t kind = 0; kind < names.size(); ++kind) {
      const auto of =
          [kind](const std::vector<binaries::EmbeddedRoot>& roots) -> const binaries::EmbeddedRoot* {
        for (const auto& root : roots)
          if (static_cast<std::size_t>(root.kind) == kind) return &root;
        return nullptr;
      };
      const auto* in_a = of(roots_a);
      const auto* in_b = of(roots_b);
      if ((in_a ? in_a->path : "") == (in_b ? in_b->path : "")) continue;
      const auto& told = in_a ? *in_a : *in_b;
      add(names[kind], "embedded-path", in_a ? Value(in_a->path) : Value(),
          in_b ? Value(in_b->path) : Value(),
          fmt::format("in the names of {} source files, {} among them", told.files, told.example));
    }
  }

  const RandomAccess& a_;
  const RandomAccess& b_;
  const Where& where_;
  Findings& findings_;
};

}  // namespace

void compare_binaries(const RandomAccess& a, const RandomAccess& b, const Where& where, Findings& findings) {
  BinaryComparison(a, b, where, findings).run();
}

}  // namespace whittle::comparison
