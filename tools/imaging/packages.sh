# SPDX-License-Identifier: MIT
# Part of tools/image: which packages, and their files.
#
#   fetch_packages      $cache/debs gets each .deb of rootfs/packages.txt and of the boards' drivers; $out/packages.lock
#                       lists them: name, version, SHA-256. apt checks Debian's signatures.
#   unpack PART DIR     the files of those that are for the root or the disk (a part of rootfs/packages.txt)

# librte_net_e1000 -> librte-net-e1000-23: names that end in a digit get a hyphen.
driver_package() {
  local base=${1//_/-}
  [[ $base =~ [0-9]$ ]] && base+=-
  echo "${base}23"
}

# part root|disk: the names that rootfs/packages.txt has for it.
part() {
  sed -n "/^\[$1\]/,/^\[/p" rootfs/packages.txt | grep -v '^[#[]' | tr -s ' ' '\n' | grep .
}

# The kernel's package has its release in its name: the newest, or that of an earlier list.
kernel_package() {
  if [[ $lock ]]; then
    sed -n 's/^\(linux-image-[^ ]*\) .*/\1/p' "$lock"
  else
    apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-.*\)/\1/p'
  fi
}

package_names() {
  local name driver
  { part root; part disk; } | while read -r name; do
    case $name in
      *'*'*) kernel_package ;;
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
    cut -d' ' -f1 "$lock" | sort -u | comm -3 - <(package_names | sort -u) >"$work/not-both"
    [[ ! -s $work/not-both ]] ||
      { echo "tools/image: these are in $lock or in this tree, not in both:" $(cat "$work/not-both") >&2; exit 1; }
    # Debian drops a version with the next one: what was fetched once is known by its hash.
    while read -r name version hash; do
      file=$(echo "$debs/${name}_${version//:/%3a}"_*.deb)
      [[ -f $file && $(sha256sum <"$file") == "$hash  -" ]] || wanted+=("$name=$version")
    done <"$lock"
    cut -d' ' -f1,2 "$lock" | sort -u >"$work/versions"
  else
    mapfile -t wanted < <(package_names | sort -u)
    apt-cache show --no-all-versions "${wanted[@]}" | sed -n -e 's/^Package: //p' -e 's/^Version: //p' |
      paste -d' ' - - | sort -u >"$work/versions"
  fi
  ((${#wanted[@]} == 0)) ||
    (cd "$debs" && apt-get -q -o APT::Sandbox::User=root download "${wanted[@]}" >"$work/apt.log" 2>&1) ||
    { tail -n 10 "$work/apt.log" >&2; echo "tools/image: packages cannot be had" >&2; exit 1; }
  while read -r name version; do
    file=$(echo "$debs/${name}_${version//:/%3a}"_*.deb)
    [[ -f $file ]] || { echo "tools/image: $file is missing" >&2; exit 1; }
    echo "$name $version $(sha256sum "$file" | cut -d' ' -f1) $file"
  done <"$work/versions" >"$work/packages"
  cut -d' ' -f1-3 "$work/packages" >"$out/packages.lock"
  if [[ $lock ]] && ! cmp -s "$lock" "$out/packages.lock"; then
    diff "$lock" "$out/packages.lock" >&2 || true
    echo "tools/image: the packages are not those of $lock" >&2
    exit 1
  fi
}

unpack() {
  local folder=$2 name version hash file
  mkdir -p "$folder"/usr/{bin,sbin,lib,lib64}
  ln -s usr/bin usr/sbin usr/lib usr/lib64 "$folder/"
  while read -r name version hash file; do
    dpkg-deb --fsys-tarfile "$file" | tar -x -C "$folder" --keep-directory-symlink --no-same-owner
  done < <(awk -v only="$1" 'NR == FNR { disk[$1]; next } ($1 in disk) == (only == "disk")' \
    <(part disk) "$work/packages")
}
