/** What wrote a page, as one types it again anywhere: without files of one machine. */
export const commandOf = ({ command }: { readonly command: string }): string =>
  `npm run ${command.replace(/ --(python|json|md|files)[ =]\S+/g, "").replace("bench", "bench --")}`;
