#include "cli/own_program.hpp"

#include <cerrno>  // program_invocation_name

namespace whittle::cli {
namespace fs = std::filesystem;

fs::path own_program() {
  const auto running = fs::read_symlink("/proc/self/exe");
  const bool is_loader = running.filename().native().starts_with("ld-");
  return is_loader ? fs::absolute(program_invocation_name) : running;
}

}  // namespace whittle::cli
