# SPDX-License-Identifier: MIT
# Part of tools/image: which packages, and their files.
#
#   fetch_packages    $cache/debs gets each .deb of rootfs/packages.txt and of the boards' drivers; $work/packages.lock
#                     lists them: name, version, SHA-256. apt checks Debian's signatures.

# librte_net_e1000 -> librte-net-e1000-23: names that end in a digit get a hyphen.
driver_package() {
  local base=${1//_/-}
  [[ $base =~ [0-9]$ ]] && base+=-
  echo "${base}23"
}

package_names() {
  local name driver
  grep -v '^#' rootfs/packages.txt | tr -s ' ' '\n' | while read -r name; do
    case $name in
      '') ;;
      *'*'*) apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p' ;;
      linux-image-amd64) ;;
      *) echo "$name" ;;
    esac
  done
  while read -r driver; do
    driver_package "$driver"
  done < <(board_list drivers)
}

fetch_packages() {
  local debs=$cache/debs wanted=() line name version hash file
  mkdir -p "$debs"
  if [[ $lock ]]; then
    while read -r name version hash; do wanted+=("$name=$version"); done <"$lock"
  else
    mapfile -t wanted < <(package_names | sort -u)
  fi
  (cd "$debs" && apt-get -q -o APT::Sandbox::User=root download "${wanted[@]}" >"$work/apt.log" 2>&1) ||
    { tail -n 10 "$work/apt.log" >&2; echo "tools/image: packages cannot be had" >&2; exit 1; }
  while read -r name version; do
    file=$(echo "$debs/${name}_${version//:/%3a}"_*.deb)
    [[ -f $file ]] || { echo "tools/image: $file is missing" >&2; exit 1; }
    echo "$name $version $(sha256sum "$file" | cut -d' ' -f1) $file"
  done < <(apt-cache show --no-all-versions "${wanted[@]}" |
    sed -n -e 's/^Package: //p' -e 's/^Version: //p' | paste -d' ' - - | sort -u) >"$work/packages"
  cut -d' ' -f1-3 "$work/packages" >"$out/packages.lock"
  if [[ $lock ]] && ! cmp -s "$lock" "$out/packages.lock"; then
    diff "$lock" "$out/packages.lock" >&2 || true
    echo "tools/image: the packages are not those of $lock" >&2
    exit 1
  fi
}
