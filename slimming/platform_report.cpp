#include "slimming/platform_report.hpp"

namespace whittle::slimming {

std::string_view name_of(FileReport::Action action) {
  switch (action) {
    case FileReport::Action::keep:
      return "keep";
    case FileReport::Action::drop:
      return "drop";
    case FileReport::Action::link:
      return "link";
    case FileReport::Action::strip:
      return "strip";
  }
  return "unknown";
}

}  // namespace whittle::slimming
