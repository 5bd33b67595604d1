const { sample } = window

sample.onStatus((status) => {
  document.getElementById('status').textContent = status
})
const answer = await sample.invoke('sample:echo', { at: new Date(5) })
document.getElementById('answer').textContent = [
  answer.value.at instanceof Date && answer.value.at.getTime(),
  answer.bytes instanceof Uint8Array && answer.bytes.join(''),
  String(answer.big),
  answer.names instanceof Map && answer.names.get('a').has(1),
].join(' ')
sample.log('hello')
