#include "attribution/program_tree.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "attribution/package_modules.hpp"
#include "attribution/section_shares.hpp"
#include "binaries/build_info.hpp"
#include "binaries/cover.hpp"
#include "binaries/elf.hpp"
#include "binaries/elf_extents.hpp"
#include "binaries/elf_symbols.hpp"
#include "binaries/go_functions.hpp"
#include "binaries/go_module_data.hpp"
#include "binaries/go_table_shares.hpp"
#include "common/error.hpp"

namespace whittle::attribution {
namespace {

using binaries::Cover;
using binaries::Elf;
using binaries::ElfExtent;
using binaries::GoTableShare;

constexpr std::string_view headers = "ELF headers";
constexpr std::string_view padding = "padding";
constexpr std::string_view unattributed = "unattributed";
constexpr std::string_view other_data = "constants and other data";
constexpr std::uint64_t section_loaded = 2;
constexpr std::uint64_t section_code = 4;
constexpr std::uint32_t segment_code = 1;

// What `read` gives; nothing when the file contradicts itself there.
template <typename Read>
auto sound(const Read& read) -> decltype(read()) {
  try {
    return read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity && error.kind() != ErrorKind::limit &&
        error.kind() != ErrorKind::unsupported)
      throw;
    return {};
  }
}

// A part of the file that is loaded as one.
struct Part {
  std::uint64_t begin = 0;  // in the file
  std::uint64_t end = 0;
  std::uint64_t address = 0;  // of begin
  std::uint64_t offset_of(std::uint64_t at) const { return begin + (at - address); }
};

class Program {
 public:
  Program(const binaries::RandomAccess& file, const Elf& elf, const layers::CompressedPositions& positions)
      : file_(file),
        elf_(elf),
        functions_(sound([&] { return binaries::GoFunctions::read(file, elf); })),
        modules_(sound([&] { return binaries::read_build_info(file, elf); })),
        symbols_(file, elf),
        view_{functions_ ? &*functions_ : nullptr, modules_, positions} {
    if (functions_) module_data_ = sound([&] { return binaries::find_module_data(file, elf, *functions_); });
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // What is below a section or segment; nothing when it is a whole.
  std::vector<Node> children(const ElfExtent& extent, std::size_t most_functions) {
    if (!functions_) return {};
    SectionShares shares(view_);
    const auto part = part_of(extent);
    const auto table = functions_->table_offset();
    if (is_code(extent))
      share_code(part, shares);
    else if (table < part.end && part.begin < table + functions_->table_size())
      share_table(part, shares);
    else if (is_loaded(extent))
      share_data(part, shares);
    else
      return {};
    auto nodes = shares.nodes(most_functions);
    const bool is_whole = nodes.size() == 1 && nodes.front().kind == Node::Kind::part;
    return is_whole ? std::vector<Node>() : nodes;
  }

 private:
  bool is_code(const ElfExtent& extent) const {
    return extent.kind == ElfExtent::Kind::section ? (elf_.sections[extent.index].flags & section_code) != 0
                                                   : (elf_.segments[extent.index].flags & segment_code) != 0;
  }
  bool is_loaded(const ElfExtent& extent) const {
    return extent.kind == ElfExtent::Kind::segment ||
           (elf_.sections[extent.index].flags & section_loaded) != 0;
  }
  Part part_of(const ElfExtent& extent) const {
    const bool is_section = extent.kind == ElfExtent::Kind::section;
    const auto offset = is_section ? elf_.sections[extent.index].offset : elf_.segments[extent.index].offset;
    const auto address =
        is_section ? elf_.sections[extent.index].address : elf_.segments[extent.index].address;
    return {extent.offset, extent.offset + extent.size, address + (extent.offset - offset)};
  }

  // Functions of Go; of what is between and behind them, those in the symbol table, if there is one.
  void share_code(const Part& part, SectionShares& shares) {
    Cover cover(part.begin, part.end, [&](std::uint64_t offset, std::uint64_t size) {
      share_foreign_code(part, offset, size, shares);
    });
    for (std::size_t i = 0; i < functions_->count(); ++i) {
      const auto function = (*functions_)[i];
      if (function.end <= part.address) continue;
      if (function.entry >= part.address + (part.end - part.begin)) break;
      const auto begin = std::max(function.entry, part.address);
      cover.add(part.offset_of(begin), function.end - begin,
                [&](std::uint64_t offset, std::uint64_t size) { shares.add_function(i, offset, size); });
    }
    cover.finish();
  }

  void share_foreign_code(const Part& part, std::uint64_t offset, std::uint64_t size, SectionShares& shares) {
    const Part gap{offset, offset + size, part.address + (offset - part.begin)};
    Cover cover(gap.begin, gap.end,
                [&](std::uint64_t at, std::uint64_t length) { shares.add_foreign({}, at, length); });
    for_each_symbol(gap, [&](const binaries::ElfSymbol& symbol) {
      cover.add(gap.offset_of(symbol.address), symbol.size, [&](std::uint64_t at, std::uint64_t length) {
        shares.add_foreign(symbols_.name(symbol), at, length);
      });
    });
    cover.finish();
  }

  void share_table(const Part& part, SectionShares& shares) {
    Cover cover(part.begin, part.end,
                [&](std::uint64_t offset, std::uint64_t size) { shares.add_part(other_data, offset, size); });
    binaries::for_each_table_share(file_, elf_, *functions_, module_data_, [&](const GoTableShare& share) {
      cover.add(share.offset, share.size, [&](std::uint64_t offset, std::uint64_t size) {
        if (share.function != GoTableShare::no_function)
          shares.add_function(share.function, offset, size);
        else if (!share.name.empty())
          shares.add_to_package(package_of(share.name), "names of inlined functions", offset, size);
        else
          shares.add_part(name_of(share.part), offset, size);
      });
    });
    cover.finish();
  }

  void share_data(const Part& part, SectionShares& shares) {
    Cover cover(part.begin, part.end,
                [&](std::uint64_t offset, std::uint64_t size) { share_symbols(part, offset, size, shares); });
    if (module_data_) {
      const auto data = elf_.offset_of(module_data_->function_data);
      if (data && *data >= part.begin && *data < part.end)
        binaries::for_each_function_data(
            file_, elf_, *functions_, *module_data_, [&](const GoTableShare& share) {
              cover.add(share.offset, share.size, [&](std::uint64_t offset, std::uint64_t size) {
                if (share.function != GoTableShare::no_function)
                  shares.add_function(share.function, offset, size);
                else
                  shares.add_part(name_of(share.part), offset, size);
              });
            });
    }
    cover.finish();
  }

  void share_symbols(const Part& part, std::uint64_t offset, std::uint64_t size, SectionShares& shares) {
    const Part gap{offset, offset + size, part.address + (offset - part.begin)};
    Cover cover(gap.begin, gap.end,
                [&](std::uint64_t at, std::uint64_t length) { shares.add_part(other_data, at, length); });
    for_each_symbol(gap, [&](const binaries::ElfSymbol& symbol) {
      cover.add(gap.offset_of(symbol.address), symbol.size, [&](std::uint64_t at, std::uint64_t length) {
        shares.add_data(symbols_.name(symbol), at, length);
      });
    });
    cover.finish();
  }

  // Those that begin in the part.
  template <typename Visit>
  void for_each_symbol(const Part& part, const Visit& visit) {
    const auto& all = symbols_.all();
    auto symbol = std::lower_bound(
        all.begin(), all.end(), part.address,
        [](const binaries::ElfSymbol& a, std::uint64_t address) { return a.address < address; });
    for (; symbol != all.end() && symbol->address - part.address < part.end - part.begin; ++symbol)
      visit(*symbol);
  }

  const binaries::RandomAccess& file_;
  const Elf& elf_;
  std::optional<binaries::GoFunctions> functions_;
  PackageModules modules_;
  binaries::ElfSymbols symbols_;
  std::optional<binaries::GoModuleData> module_data_ = {};
  ProgramView view_;
};

std::string name_of_extent(const Elf& elf, const ElfExtent& extent) {
  switch (extent.kind) {
    case ElfExtent::Kind::headers:
      return std::string(headers);
    case ElfExtent::Kind::section:
      return elf.sections[extent.index].name.empty() ? "section without a name"
                                                     : elf.sections[extent.index].name;
    case ElfExtent::Kind::segment:
      return "segment " + std::to_string(extent.index);
    case ElfExtent::Kind::padding:
      return std::string(padding);
    case ElfExtent::Kind::unattributed:
      break;
  }
  return std::string(unattributed);
}

Node::Kind kind_of_extent(const ElfExtent& extent) {
  if (extent.kind == ElfExtent::Kind::padding) return Node::Kind::part;
  return extent.kind == ElfExtent::Kind::unattributed ? Node::Kind::unattributed : Node::Kind::section;
}

// Parts of one name become one: headers at both ends of the file, sections that another one cuts in two.
void add(std::map<std::string, Node>& nodes, Node node) {
  auto& same = nodes.try_emplace(node.name, Node{node.name, node.kind}).first->second;
  if (node.children.empty() != same.children.empty() && same.size.raw > 0) {
    auto& whole = node.children.empty() ? node : same;
    whole.children.push_back({std::string(other_data), Node::Kind::part, whole.size});
  }
  same.size += node.size;
  std::move(node.children.begin(), node.children.end(), std::back_inserter(same.children));
}

void cut_below_packages(std::vector<Node>& nodes) {
  for (auto& node : nodes) {
    if (node.kind == Node::Kind::package) node.children = {};
    cut_below_packages(node.children);
  }
}

}  // namespace

std::vector<Node> tree_of_elf(const binaries::RandomAccess& file,
                              const layers::CompressedPositions& positions, std::size_t most_nodes,
                              Detail detail) {
  const auto price = [&](std::uint64_t offset, std::uint64_t size) {
    return Size{size, positions.at(offset + size) - positions.at(offset)};
  };
  const auto elf = sound([&]() -> std::optional<Elf> { return binaries::read_elf(file); });
  if (!elf) return {{std::string(unattributed), Node::Kind::unattributed, price(0, file.size())}};
  Program program(file, *elf, positions);
  std::map<std::string, Node> nodes;
  for (const auto& extent : binaries::elf_extents(*elf, file.size())) {
    const bool has_content =
        extent.kind == ElfExtent::Kind::section || extent.kind == ElfExtent::Kind::segment;
    add(nodes, {name_of_extent(*elf, extent), kind_of_extent(extent), price(extent.offset, extent.size),
                has_content ? program.children(extent, detail == Detail::functions ? most_nodes : 0)
                            : std::vector<Node>()});
  }
  std::vector<Node> root(1);
  for (auto& [name, node] : nodes) root[0].children.push_back(std::move(node));
  if (detail == Detail::packages) cut_below_packages(root);
  keep_largest(root, most_nodes);
  sort_by_size(root);
  return std::move(root[0].children);
}

}  // namespace whittle::attribution
